/** Where text goes; `process.stdout` is one. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

/** What a command has of the world, so that tests can be the world. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user wants an end (Ctrl-C). */
  readonly interrupted: AbortSignal;
}

export function printLine(sink: TextSink, line = ''): void {
  sink.write(`${line}\n`);
}

export function printLines(sink: TextSink, lines: readonly string[]): void {
  for (const line of lines) printLine(sink, line);
}

export function warn(io: Io, message: string): void {
  printLine(io.stderr, `dtlslib: ${message}`);
}

/** What another program or person chose goes to a terminal without its control characters. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return character === '\t' ? '\t' : `\\u{${code.toString(16)}}`;
  });
}
