import { expect } from 'vitest';
import { type Guest, type House, messagesIn } from './house.ts';

export const text = (words: string): Uint8Array => new TextEncoder().encode(words);

/** The errors with which the server's connections ended, in order; undefined for a goodbye. */
export function endings(house: House): (string | undefined)[] {
  return house.outputs.flatMap(({ output }) => (output.type === 'closed' ? [output.error?.code] : []));
}

/** Every guest hears the server and is heard, with whatever its connection is there. */
export function expectAllAlive(house: House, guests: readonly Guest[]): void {
  for (const guest of guests) {
    const own = house.connectionOf(guest);
    const words = `still here ${messagesIn(guest.outputs).length}`;
    guest.connection.send(text(words), house.now);
    own.send(text(words), house.now);
    house.settle();
    expect(messagesIn(house.outputsOf(own)).at(-1)).toBe(words);
    expect(messagesIn(guest.outputs).at(-1)).toBe(words);
  }
}
