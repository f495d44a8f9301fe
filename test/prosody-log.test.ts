import { afterEach, describe, expect, it } from 'vitest';
import {
  dtlslib_continue,
  dtlslib_extract_srtp_keys,
  dtlslib_free_session,
  dtlslib_start_handshake,
  dtlslibSwitches,
  LogModuleDebugMax,
  LogModuleError,
  LogModuleInfo,
  LogModuleWarning,
  setLogModule,
} from '../src/prosody/index.ts';
import {
  captureLog,
  createPair,
  present,
  resetLog,
  run,
  standardOutputOf,
  start,
} from './prosody-support.ts';

afterEach(resetLog);

describe('the LogModule functions', () => {
  it('hand each message to its sink', () => {
    const log = captureLog();
    LogModuleError('e');
    LogModuleWarning('w');
    LogModuleInfo('i');
    LogModuleDebugMax('d');
    expect(log).toEqual({ error: ['e'], warning: ['w'], info: ['i'], debugMax: ['d'] });
  });

  it('keep the object that the sinks are methods of', () => {
    const module = {
      lines: [] as string[],
      error(message: string): void {
        this.lines.push(message);
      },
    };
    setLogModule(module);
    LogModuleError('e');
    expect(module.lines).toEqual(['e']);
  });

  it('write to standard error when nothing else is set', () => {
    const { write } = process.stderr;
    let output = '';
    process.stderr.write = ((chunk: string) => {
      output += chunk;
      return true;
    }) as typeof process.stderr.write;
    try {
      LogModuleError('broken');
      LogModuleWarning('odd');
      LogModuleInfo('so far');
      LogModuleDebugMax('detail');
    } finally {
      process.stderr.write = write;
    }
    expect(output).toBe(
      'dtlslib error: broken\ndtlslib warning: odd\ndtlslib info: so far\ndtlslib debug: detail\n',
    );
  });

  it('do not throw when a sink does', () => {
    setLogModule({
      error: () => {
        throw new Error('disk full');
      },
    });
    expect(() => LogModuleError('e')).not.toThrow();
  });
});

describe('dtlslibSwitches', () => {
  it('are off at the start', () => {
    expect(dtlslibSwitches).toEqual({ PRINT_ERRORS: false, LOG_ERRORS: false, DTLSLIB_SSL_DEBUG: false });
  });

  it('LOG_ERRORS reports errors, information and details through the log module', () => {
    const log = captureLog();
    dtlslib_continue(null);
    expect(log.error).toEqual(['dtlslib_continue: the dtlslib_session is NULL']);
    const pair = createPair();
    start(pair);
    run(pair);
    expect(log.info.filter((line) => line.startsWith('handshake complete: DTLSv1.2'))).toHaveLength(2);
    expect(log.debugMax.some((line) => line.startsWith('sent client_hello, '))).toBe(true);
    dtlslibSwitches.LOG_ERRORS = false;
    dtlslib_continue(null);
    expect(log.error).toHaveLength(1);
  });

  it('PRINT_ERRORS writes errors to standard output', async () => {
    const log = captureLog();
    dtlslibSwitches.LOG_ERRORS = false;
    expect(await standardOutputOf(() => dtlslib_continue(null))).toBe('');
    dtlslibSwitches.PRINT_ERRORS = true;
    expect(await standardOutputOf(() => dtlslib_continue(null))).toBe(
      'dtlslib error: dtlslib_continue: the dtlslib_session is NULL\n',
    );
    expect(log.error).toEqual([]);
  });

  it('DTLSLIB_SSL_DEBUG dumps every packet written and read, and never a key', async () => {
    captureLog();
    const pair = createPair();
    dtlslibSwitches.DTLSLIB_SSL_DEBUG = true;
    const [tx, rx] = [Buffer.alloc(30), Buffer.alloc(30)];
    const hello: Uint8Array[] = [];
    const output = await standardOutputOf(() => {
      dtlslib_start_handshake(pair.client, 0);
      hello.push(...pair.serverEnd.inbox);
      dtlslib_start_handshake(pair.server, 1);
      run(pair);
      dtlslib_extract_srtp_keys(pair.client, { value: 0 }, tx, rx);
      dtlslib_free_session(pair.client);
    });
    const length = hello[0]?.length;
    expect(output.startsWith(`dtlslib write ${length} bytes\n  0000  16 fe `)).toBe(true);
    expect(output).toContain(`dtlslib read ${length} bytes\n`);
    const count = (pattern: RegExp): number => output.match(pattern)?.length ?? 0;
    expect(count(/^dtlslib write/gm)).toBe(count(/^dtlslib read/gm));
    const digits = output
      .split('\n')
      .filter((line) => line.startsWith('  '))
      .map((line) => line.slice(8, 8 + 47).replaceAll(' ', ''))
      .join('');
    expect(digits).toContain(Buffer.from(present(hello[0])).toString('hex'));
    for (const key of [tx, rx]) expect(digits).not.toContain(key.subarray(0, 16).toString('hex'));
  });
});
