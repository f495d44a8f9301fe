import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The house: a folder's code imports from its own folder and from floors below. */
const FLOORS: Readonly<Record<string, number>> = {
  bytes: 0,
  registry: 0,
  errors: 0,
  wire: 1,
  crypto: 1,
  record: 2,
  certificate: 2,
  srtp: 2,
  session: 2,
  handshake: 3,
  connection: 4,
  observe: 4,
  net: 5,
  udp: 6,
  media: 6,
  prosody: 7,
  'index.ts': 7,
  cli: 8,
};

/** What only floors from this one up may import. */
const LOWEST_FLOOR_FOR: Readonly<Record<string, number>> = {
  'node:dgram': 5,
  'node:timers': 5,
  'node:timers/promises': 5,
  'node:process': 5,
  'node:net': 5,
  'node:fs': 8,
  'node:readline': 8,
};

/** Globals of the same kind. */
const GLOBALS_FROM_FLOOR_5 = /\b(setTimeout|setInterval|setImmediate|process|performance|console)\s*[.(]/;

const ROOT = resolve(import.meta.dirname, '../src');

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return name.endsWith('.ts') && !name.endsWith('.test.ts') ? [path] : [];
  });
}

function folderOf(path: string): string {
  return relative(ROOT, path).split('/')[0] ?? '';
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

const files = sources(ROOT);

describe('the floors of src', () => {
  test('every folder has a floor', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.map(folderOf).filter((folder) => FLOORS[folder] === undefined)).toEqual([]);
  });

  test.each(files.map((path) => [relative(ROOT, path), path]))('%s imports from below only', (_, path) => {
    const text = withoutComments(readFileSync(path, 'utf8'));
    const folder = folderOf(path);
    const floor = FLOORS[folder] ?? -1;
    for (const target of importsOf(text)) {
      if (target.startsWith('.')) {
        const other = folderOf(resolve(path, '..', target));
        const climbs = other !== folder && (FLOORS[other] ?? 99) >= floor && !sameFloor(folder, other);
        expect(climbs, `${folder} (floor ${floor}) imports ${target}`).toBe(false);
      } else if (target === 'node:crypto') {
        expect(relative(ROOT, path)).toMatch(/^crypto\/node\//);
      } else {
        expect(target, 'there are no runtime dependencies').toMatch(/^node:/);
        expect(floor, `imports ${target}`).toBeGreaterThanOrEqual(LOWEST_FLOOR_FOR[target] ?? 0);
      }
    }
    if (floor < 5) expect(text, 'no clock, timer or process of its own').not.toMatch(GLOBALS_FROM_FLOOR_5);
  });
});

/** The rooms of floor 0 are open to each other, and a connection speaks in the terms of `observe`. */
function sameFloor(folder: string, other: string): boolean {
  return (FLOORS[folder] === 0 && FLOORS[other] === 0) || (folder === 'connection' && other === 'observe');
}
