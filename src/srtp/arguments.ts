import { checkBytes, checkInteger, invalidType, invalidValue, outOfRange } from '../errors/arguments.ts';

export function checkSsrc(ssrc: unknown): asserts ssrc is number {
  checkInteger('ssrc', ssrc, 0, 2 ** 32 - 1);
}

export function checkOut(name: string, out: unknown, needed: number): void {
  if (out === undefined) return;
  checkBytes(name, out);
  if (out.length < needed) throw outOfRange(name, `of at least ${needed} bytes`, `${out.length} bytes`);
}

export function checkBatch(packets: unknown, outs: unknown): void {
  if (!Array.isArray(packets)) throw invalidType('packets', 'an array of packets', packets);
  if (outs === undefined) return;
  if (!Array.isArray(outs)) throw invalidType('outs', 'an array of outputs', outs);
  if (outs.length !== packets.length)
    throw invalidValue('outs', `an array of ${packets.length}, one for each packet`, outs);
}
