import { describe, expect, it } from 'vitest';
import { RetransmissionTimer } from './retransmission-timer.ts';

/** The waits of a timer that is never answered. */
function waits(timer: RetransmissionTimer, count: number, start = 1000): number[] {
  timer.start(start);
  let now = start;
  return Array.from({ length: count }, () => {
    const wait = (timer.deadline ?? Number.NaN) - now;
    now += wait;
    timer.backOff(now);
    return wait;
  });
}

describe('RetransmissionTimer (RFC 6347 §4.2.4.1)', () => {
  it('doubles up to the maximum', () => {
    expect(waits(new RetransmissionTimer(400, 3000), 6)).toEqual([400, 800, 1600, 3000, 3000, 3000]);
    expect(waits(new RetransmissionTimer(1000, 60_000), 8)).toEqual([
      1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000,
    ]);
  });

  it('waits for nothing until started, once answered, and once stopped', () => {
    const timer = new RetransmissionTimer(400, 3000);
    expect(timer.deadline).toBeUndefined();
    timer.start(0);
    timer.answered(10);
    expect(timer.deadline).toBeUndefined();
    timer.start(20);
    timer.stop();
    expect(timer.deadline).toBeUndefined();
  });

  it('after an answer without a repeat waits 1.5 times the round trip (RFC 9147 §5.8.2)', () => {
    const timer = new RetransmissionTimer(1000, 60_000);
    timer.start(0);
    timer.answered(300);
    expect(waits(timer, 3)).toEqual([450, 900, 1800]);
  });

  it('a round trip counts for at least 100 ms and at most the maximum', () => {
    for (const [roundTrip, wait] of [
      [0, 100],
      [60, 100],
      [80, 120],
      [2500, 3000],
    ] as const) {
      const timer = new RetransmissionTimer(400, 3000);
      timer.start(5);
      timer.answered(5 + roundTrip);
      expect(waits(timer, 1)).toEqual([wait]);
    }
  });

  it('an answer after a repeat measures nothing, and the timeout stays as it is', () => {
    for (const [repeat, wait] of [
      ['backOff', 800],
      ['restart', 400],
    ] as const) {
      const timer = new RetransmissionTimer(400, 3000);
      timer.start(0);
      timer[repeat](400);
      timer.answered(500);
      expect(waits(timer, 1)).toEqual([wait]);
    }
  });

  it('answered() without a flight out measures nothing', () => {
    const timer = new RetransmissionTimer(400, 3000);
    timer.answered(50);
    expect(waits(timer, 1)).toEqual([400]);
  });

  it('restart() waits anew, as long as before', () => {
    const timer = new RetransmissionTimer(400, 3000);
    timer.start(0);
    timer.backOff(400);
    timer.restart(1000);
    expect([timer.deadline, timer.timeout]).toEqual([1800, 800]);
  });

  it('restart() does not start one that is not running', () => {
    const timer = new RetransmissionTimer(400, 3000);
    timer.restart(5);
    expect(timer.deadline).toBeUndefined();
  });

  it('mayRepeat() once half of the timeout is gone, and when nothing runs', () => {
    const timer = new RetransmissionTimer(400, 3000);
    expect(timer.mayRepeat(0)).toBe(true);
    timer.start(0);
    expect([timer.mayRepeat(0), timer.mayRepeat(199), timer.mayRepeat(200)]).toEqual([false, false, true]);
  });

  it('initialTimeout may change, and counts from the next flight on', () => {
    const timer = new RetransmissionTimer(400, 3000);
    timer.start(0);
    timer.initialTimeout = 100;
    expect(timer.deadline).toBe(400);
    expect(waits(timer, 2)).toEqual([100, 200]);
  });
});
