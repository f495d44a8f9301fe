/** What the commands of this folder have in common. */

/** In place of the line before; nothing where nobody watches. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** Ends the command with a sentence. */
export function refuse(command: string, sentence: string): never {
  process.stderr.write(`${command}: ${sentence}\n`);
  process.exit(1);
}

/** An integer from `least` to `most`. */
export function integer(
  command: string,
  option: string,
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    refuse(command, `--${option} takes an integer from ${count(least)} to ${count(most)}, not "${text}"`);
  return value;
}

/** With commas between thousands. */
export const count = (value: number): string => value.toLocaleString('en');

/** Bytes in kB (of 1,000), as the documents give them. */
export const kilobytes = (bytes: number): string =>
  `${(bytes / 1000).toLocaleString('en', { maximumFractionDigits: 0 })} kB`;
