import { describe, expect, it } from 'vitest';
import { EventQueue } from './event-queue.ts';

describe('EventQueue', () => {
  it('gives what is earliest first, and of the same moment what went in first', () => {
    const queue = new EventQueue<string>();
    const times = Array.from({ length: 500 }, (_, i) => (i * 7919) % 50);
    times.forEach((at, i) => void queue.push(at, `${at} ${i}`));
    const expected = times
      .map((at, i) => ({ at, i }))
      .sort((a, b) => a.at - b.at || a.i - b.i)
      .map(({ at, i }) => `${at} ${i}`);
    expect(queue.next).toBe(0);
    expect(Array.from({ length: 500 }, () => queue.pop())).toEqual(expected);
    expect([queue.pop(), queue.next, queue.size]).toEqual([undefined, undefined, 0]);
  });

  it('takes more while it is being emptied', () => {
    const queue = new EventQueue<number>();
    const out: (number | undefined)[] = [];
    for (const at of [5, 1, 3]) queue.push(at, at);
    out.push(queue.pop());
    for (const at of [2, 0, 4]) queue.push(at, at);
    while (queue.size > 0) out.push(queue.pop());
    expect(out).toEqual([1, 0, 2, 3, 4, 5]);
  });
});
