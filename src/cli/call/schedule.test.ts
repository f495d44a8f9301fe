import { describe, expect, it } from 'vitest';
import { BurstSchedule, SteadySchedule } from './schedule.ts';

describe('SteadySchedule', () => {
  it('lets the first go at once and each at its own time, however late it is asked', () => {
    const schedule = new SteadySchedule(1000, 20);
    expect(schedule.due(0, 1000)).toBe(1);
    expect(schedule.next(1)).toBe(1020);
    expect(schedule.due(1, 1019.9)).toBe(1);
    expect(schedule.due(1, 1033)).toBe(2);
    expect(schedule.next(2)).toBe(1040);
  });

  it('does not drift: an hour of lateness leaves the last at its time', () => {
    const schedule = new SteadySchedule(0, 20);
    let [sent, now] = [0, 0];
    while (sent < 180_000) {
      sent = schedule.due(sent, now);
      now = schedule.next(sent) + 7.3;
    }
    expect(schedule.next(180_000)).toBe(3_600_000);
  });

  it('catches up after a stall with all that was due', () => {
    expect(new SteadySchedule(0, 20).due(3, 500)).toBe(26);
  });

  it('catches up with a second at most, and goes on from there in step', () => {
    const schedule = new SteadySchedule(0, 20);
    expect(schedule.due(10, 3_600_000)).toBe(60);
    expect(schedule.next(60)).toBe(3_600_020);
    expect(schedule.due(60, 3_600_020)).toBe(61);
  });
});

describe('BurstSchedule', () => {
  it('lets fewer go in a turn than libuv reads in one', () => {
    const schedule = new BurstSchedule();
    expect(schedule.due(100) - 100).toBeLessThanOrEqual(32);
    expect(schedule.next()).toBe(0);
  });
});
