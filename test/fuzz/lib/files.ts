import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The project's folder, also for a program that was put together elsewhere within it. */
function root(): string {
  let folder = import.meta.dirname;
  while (!existsSync(resolve(folder, 'test/fuzz/corpus'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error('the folder test/fuzz/corpus is not there');
    folder = above;
  }
  return folder;
}

export function projectFile(path: string): string {
  return resolve(root(), path);
}

export function corpusFile(name: string): string {
  return projectFile(`test/fuzz/corpus/${name}`);
}

export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The lines of a file of the corpus; none when it is not there. */
export function readLines(name: string): string[] {
  const file = corpusFile(name);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
