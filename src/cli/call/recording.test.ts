import { describe, expect, it, vi } from 'vitest';
import { audioPacket } from '../../../test/lib/call.ts';
import * as g711 from '../audio/g711.ts';
import { Recording } from './recording.ts';

vi.mock('../audio/g711.ts', { spy: true });

const MINUTE = 60 * 8000;

/** One sample in each packet, which says that a minute has gone by; in truth `milliseconds` have. */
function boast(recording: Recording, packets: number, milliseconds: number): void {
  for (let i = 0; i < packets; i++) {
    const payload = Uint8Array.of(7);
    recording.append(audioPacket({ sequenceNumber: i, timestamp: i * MINUTE, payload }), i * milliseconds);
  }
}

describe('Recording', () => {
  it('is of one piece over minutes', () => {
    const recording = new Recording();
    const payload = (i: number): Uint8Array => new Uint8Array(160).fill(i % 127);
    const at = (i: number): number => i * 160 + (i < 10 ? 0 : 77);
    for (let i = 0; i < 6500; i++)
      recording.append(audioPacket({ sequenceNumber: i, timestamp: at(i), payload: payload(i) }), 0);
    const samples = recording.samples();
    expect(samples).toHaveLength(6500 * 160 + 77);
    const expected = Array.from({ length: 6500 }, (_, i) => g711.decodePcmu(payload(i)).subarray(0, 1)[0]);
    expect(expected.map((_, i) => samples[at(i)])).toEqual(expected);
    expect(expected.map((_, i) => samples[at(i) + 159])).toEqual(expected);
    expect(samples.subarray(1600, 1677)).toEqual(new Int16Array(77));
  });

  it('keeps no more than its limit', () => {
    const recording = new Recording(240);
    for (const sequenceNumber of [1, 2, 3]) recording.append(audioPacket({ sequenceNumber }), 0);
    expect(recording.samples()).toHaveLength(240);
    expect([recording.length, recording.cut]).toEqual([240, 240]);
  });

  it('fills in silence for the time that has passed, whatever timestamps say', () => {
    const [boasted, lasted] = [new Recording(), new Recording()];
    boast(boasted, 241, 20);
    expect(boasted.length).toBe(241);
    boast(lasted, 11, 60_000);
    expect(lasted.length).toBe(10 * MINUTE + 1);
  });

  it('fills in ten seconds more than have passed: in all, and not for each gap', () => {
    const recording = new Recording();
    for (let i = 0; i < 100; i++)
      recording.append(audioPacket({ sequenceNumber: i, timestamp: i * (160 + 8000) }), 0);
    expect(recording.silence).toBe(10 * 8000);
    const timestamp = 100 * (160 + 8000);
    recording.append(audioPacket({ sequenceNumber: 100, timestamp }), 999);
    expect(recording.silence).toBe(10 * 8000);
    recording.append(audioPacket({ sequenceNumber: 101, timestamp: timestamp + 160 + 8000 }), 1000);
    expect(recording.silence).toBe(11 * 8000);
  });

  it('decodes nothing that it does not keep', () => {
    const recording = new Recording(161);
    const decode = vi.mocked(g711.decodePcmu).mockClear();
    for (const sequenceNumber of [1, 2, 3]) recording.append(audioPacket({ sequenceNumber }), 0);
    expect(decode.mock.calls.map(([payload]) => payload.length)).toEqual([160, 1]);
    expect(recording.cut).toBe(319);
  });

  it('gives what it has without a copy', () => {
    const recording = new Recording();
    boast(recording, 3, 60_000);
    const [first, second] = [recording.samples(), recording.samples()];
    expect(first.buffer === second.buffer).toBe(true);
    expect(first.length).toBe(2 * MINUTE + 1);
  });
});
