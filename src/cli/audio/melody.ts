import { invalidType, outOfRange } from '../../errors/arguments.ts';
import { pluck, seededNoise } from './pluck.ts';
import { resample, TELEPHONE_RATE } from './resample.ts';

/**
 * Christian Petzold's Minuet in G, long thought Bach's (BWV Anh. 114), first half, about 1725. A note lasts an
 * eighth, and another one for each hyphen; plus signs join a chord.
 */
const RIGHT_HAND = `
  D5- G4 A4 B4 C5  | D5- G4- G4-     | E5- C5 D5 E5 F#5 | G5- G4- G4-
  C5- D5 C5 B4 A4  | B4- C5 B4 A4 G4 | F#4- G4 A4 B4 G4 | A4-----
  D5- G4 A4 B4 C5  | D5- G4- G4-     | E5- C5 D5 E5 F#5 | G5- G4- G4-
  C5- D5 C5 B4 A4  | B4- C5 B4 A4 G4 | A4- B4 A4 G4 F#4 | B3+D4+G4-----`;
const LEFT_HAND = `
  G3+B3+D4--- A3-  | B3-----         | C4-----          | B3-----
  A3-----          | G3-----         | D4- B3- G3-      | D4- D3 C4 B3 A3
  G3+B3--- A3-     | G3- B3- G3-     | C4-----          | B3- C4 B3 A3 G3
  A3--- F#3-       | G3--- B3-       | C4- D4- D3-      | G2+G3-----`;

const SECONDS_PER_EIGHTH = 0.2;
const EIGHTHS_PER_BAR = 6;

/** Of the strings. High notes sound better when their noise has more partials than 8,000 Hz can carry. */
const STUDIO_RATE = 4 * TELEPHONE_RATE;

interface Note {
  /** In eighths from the beginning. */
  readonly start: number;
  readonly eighths: number;
  readonly frequency: number;
  readonly loudness: number;
}

const SCORE: readonly Note[] = [...readHand(RIGHT_HAND, 1), ...readHand(LEFT_HAND, 0.75)];
const SCORE_EIGHTHS = 16 * EIGHTHS_PER_BAR;

/**
 * A guitar plays a minuet, each time in the same way.
 *
 * @param seconds how long: above 0, at most 600. The last ones fade; the piece begins anew after 19 seconds.
 * @returns samples at 8,000 Hz
 */
export function melody(seconds = 5): Int16Array {
  if (typeof seconds !== 'number') throw invalidType('seconds', 'a number above 0, at most 600', seconds);
  if (!(seconds > 0 && seconds <= 600)) throw outOfRange('seconds', 'above 0, at most 600', seconds);
  const sound = new Float64Array(Math.round(seconds * TELEPHONE_RATE) * (STUDIO_RATE / TELEPHONE_RATE));
  const noise = seededNoise(1725);
  for (const note of notesUntil(seconds)) play(note, sound, noise);
  fadeOut(sound);
  return resample(toInt16(sound), STUDIO_RATE);
}

/** No note begins when the end is too near to hear it; in the shortest of sounds one has to. */
function notesUntil(seconds: number): Note[] {
  const end = (seconds > 1 ? seconds - 0.4 : seconds) / SECONDS_PER_EIGHTH;
  const rounds = Array.from({ length: Math.ceil(end / SCORE_EIGHTHS) }, (_, i) => i * SCORE_EIGHTHS);
  const notes = rounds.flatMap((offset) => SCORE.map((note) => ({ ...note, start: note.start + offset })));
  return notes.filter(({ start }) => start < end);
}

function play({ start, eighths, frequency, loudness }: Note, sound: Float64Array, noise: () => number): void {
  const first = Math.round(start * SECONDS_PER_EIGHTH * STUDIO_RATE);
  const held = Math.round(eighths * SECONDS_PER_EIGHTH * STUDIO_RATE);
  const release = 0.06 * STUDIO_RATE;
  const length = Math.max(0, Math.min(Math.round(held + 6 * release), sound.length - first));
  // Thin strings fall silent sooner.
  const decay = 4 * Math.sqrt(220 / frequency);
  const string = pluck({ frequency, sampleRate: STUDIO_RATE, length, decay, noise });
  string.forEach((value, i) => {
    const damped = i < held ? 1 : Math.exp((held - i) / release);
    sound[first + i] = (sound[first + i] ?? 0) + loudness * damped * value;
  });
}

/** Over the last second, or the last quarter of what is shorter than four. */
function fadeOut(sound: Float64Array): void {
  const length = Math.min(STUDIO_RATE, sound.length / 4);
  const begin = Math.floor(sound.length - length);
  for (let i = begin; i < sound.length; i++) {
    sound[i] = (sound[i] ?? 0) * Math.cos(((i - begin) / length) * (Math.PI / 2)) ** 2;
  }
}

/** Presses the loudest moments together, as tape does, so that the rest may be louder. */
function toInt16(sound: Float64Array): Int16Array {
  const peak = sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Int16Array.from(sound, (value) => Math.round(Math.tanh((1.5 * value) / peak) * 28_000));
}

function readHand(text: string, loudness: number): Note[] {
  const notes: Note[] = [];
  let start = 0;
  for (const [, chord = '', hyphens = ''] of text.matchAll(/([A-G#\d+]+)(-*)/g)) {
    const eighths = 1 + hyphens.length;
    chord.split('+').forEach((name, i) => {
      // A chord is strummed, from its lowest string up.
      notes.push({
        start: start + i * 0.12,
        eighths,
        frequency: frequencyOf(name),
        loudness: loudness * accent(start),
      });
    });
    start += eighths;
  }
  return notes;
}

/** The first beat of three is the strong one, and each phrase of four bars swells and dies away. */
function accent(start: number): number {
  const beat = start % EIGHTHS_PER_BAR === 0 ? 1 : start % 2 === 0 ? 0.7 : 0.55;
  const phrase = (start / EIGHTHS_PER_BAR / 4) % 1;
  return beat * (0.7 + 0.3 * Math.sin(Math.PI * phrase));
}

/** In equal temperament, from A4 of 440 Hz. */
function frequencyOf(name: string): number {
  const semitone = 'C D EF G A B'.indexOf(name.charAt(0)) + (name.includes('#') ? 1 : 0);
  const octave = Number(name.at(-1));
  return 440 * 2 ** ((semitone - 9) / 12 + octave - 4);
}
