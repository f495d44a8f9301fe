import { describe, expect, it } from 'vitest';
import { EarlyRecords } from './early-records.ts';

const record = (sequenceNumber: number, length = 10) => ({
  type: 22,
  version: 0xfefd,
  epoch: 1,
  sequenceNumber,
  fragment: new Uint8Array(length).fill(sequenceNumber),
});

describe('EarlyRecords', () => {
  it('gives back copies in the order of arrival, once', () => {
    const early = new EarlyRecords();
    const borrowed = record(1);
    expect([early.hold(borrowed), early.hold(record(2))]).toEqual([0, 0]);
    borrowed.fragment.fill(0);
    expect(early.take().map(({ sequenceNumber, fragment }) => [sequenceNumber, fragment[0]])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(early.take()).toEqual([]);
  });

  it('keeps the newest 16', () => {
    const early = new EarlyRecords();
    const dropped = Array.from({ length: 20 }, (_, i) => early.hold(record(i)));
    expect(dropped.reduce((sum, count) => sum + count)).toBe(4);
    expect(early.take()[0]?.sequenceNumber).toBe(4);
  });

  it('keeps 8 KiB at most', () => {
    const early = new EarlyRecords();
    for (let i = 0; i < 10; i++) early.hold(record(i, 3000));
    expect(early.take().map(({ sequenceNumber }) => sequenceNumber)).toEqual([8, 9]);
    expect(early.hold(record(1, 9000))).toBe(1);
    expect(early.take()).toEqual([]);
  });
});
