import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALERTS } from '../src/errors/dtls-error.ts';
import { SRTP_SUITES, srtpParameters } from '../src/srtp/profiles.ts';

const ROOT = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(resolve(ROOT, path), 'utf8');

const DOCUMENTS = [
  'README.md',
  'SECURITY.md',
  ...readdirSync(resolve(ROOT, 'docs')).map((name) => `docs/${name}`),
];

/** The members of a union of strings in the source. */
function membersOf(path: string, type: string): string[] {
  const [, body = ''] = new RegExp(`^(?:export )?type ${type} =([\\s\\S]*?');$`, 'm').exec(read(path)) ?? [];
  return [...body.matchAll(/'([^']+)'/g)].map(([, member]) => member ?? '');
}

/** The rows of the table with these headings, a cell each. */
function tableOf(path: string, ...headings: readonly string[]): string[][] {
  const [, rows = ''] = read(path).split(`| ${headings.join(' | ')} |\n|${'---|'.repeat(headings.length)}\n`);
  const [table = ''] = rows.split('\n\n');
  return table
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(2, -2).split(' | '));
}

const unquoted = (cell: string | undefined): string => cell?.replaceAll('`', '') ?? '';

function programsOf(path: string, language: string): string[] {
  const blocks = read(path).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'));
  return [...blocks].map(([, program]) => program ?? '');
}

/** On the package as it is built. */
function run(program: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 30_000,
  });
}

describe('docs/srtp.md', () => {
  test('its programs, put together, print what is said beside each console.log', () => {
    const program = programsOf('docs/srtp.md', 'js').join('');
    const said = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line);
    expect(said.length).toBeGreaterThan(8);
    expect(run(program).trimEnd().split('\n')).toEqual(said);
  });

  test('its table has each profile, with the lengths and lifetimes that the source has', () => {
    const power = (value: number): string => `2^${Math.log2(value)}`;
    const rows = tableOf(
      'docs/srtp.md',
      ...['profile', 'master key, salt', 'tag', 'SRTCP tag', 'SRTP lifetime', 'SRTCP lifetime', 'RFC'],
    );
    const source = SRTP_SUITES.map((name) => {
      const parameters = srtpParameters(name);
      if (parameters === undefined) throw new Error(`${name} has no parameters`);
      const { masterKeyLength, masterSaltLength, tagLength, rtcpTagLength, lifetime, rtcpLifetime } =
        parameters;
      const lengths = [`${masterKeyLength}, ${masterSaltLength}`, `${tagLength}`, `${rtcpTagLength}`];
      return [`\`${name}\``, ...lengths, power(lifetime), power(rtcpLifetime)];
    });
    expect(rows.map((row) => row.slice(0, -1))).toEqual(source);
  });

  test('its table of discards has each reason of the source', () => {
    const reasons = tableOf('docs/srtp.md', 'reason', 'what arrived').map(([reason]) => unquoted(reason));
    expect(reasons).toEqual(membersOf('src/srtp/discard.ts', 'SrtpDiscardReason'));
  });
});

describe('docs/server.md', () => {
  test('its programs, put together, print what is said beside each console.log', () => {
    const program = programsOf('docs/server.md', 'js').join('');
    const said = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line);
    expect(said).toHaveLength(5);
    expect(run(program).trimEnd().split('\n')).toEqual(said);
  });

  test('its table of discards has each reason of the source', () => {
    const reasons = tableOf('docs/server.md', 'reason', 'what arrived').map(([reason]) => unquoted(reason));
    expect(reasons).toEqual(membersOf('src/handshake/server/gate.ts', 'HelloDiscardReason'));
  });

  test('names each refusal of the source', () => {
    const refusals = membersOf('src/connection/dtls-server.ts', 'DtlsServerRefusal');
    expect(refusals.length).toBeGreaterThan(5);
    for (const refusal of refusals) expect(read('docs/server.md')).toContain(`\`${refusal}\``);
  });
});

describe('docs/errors.md', () => {
  const codes = membersOf('src/errors/arguments.ts', 'NodeErrorCode');

  test('has every code for the caller’s mistakes', () => {
    expect(codes.length).toBeGreaterThan(6);
    expect(codes.filter((code) => !read('docs/errors.md').includes(`\`${code}\``))).toEqual([]);
    const ofSenders = tableOf('docs/errors.md', 'code', 'what happened').map(([code]) => unquoted(code));
    expect(ofSenders).toEqual(codes.filter((code) => code.startsWith('ERR_SRTP_')));
  });

  test('has every code of a DtlsError, with its alert', () => {
    const rows = tableOf('docs/errors.md', 'code', 'what happened', 'alert');
    const said = rows.map(([code, , alert]) => [unquoted(code), unquoted(alert)]);
    expect(said).toEqual(Object.entries(ALERTS).map(([code, alert]) => [code, alert ?? 'none']));
  });

  test('has every reason for discards, of records and of SRTP packets', () => {
    const ofRecords = tableOf('docs/errors.md', 'reason', 'what arrived').map(([reason]) => unquoted(reason));
    expect(ofRecords).toEqual(membersOf('src/registry/discard-reasons.ts', 'DiscardReason'));
    const [, told = ''] = read('docs/errors.md').split('told to `onDiscard`: ');
    const [list = ''] = told.split('. ');
    const ofPackets = [...list.matchAll(/`(\w+)`/g)].map(([, reason]) => reason);
    expect(ofPackets).toEqual(membersOf('src/srtp/discard.ts', 'SrtpDiscardReason'));
  });
});

describe('docs/prosody.md', () => {
  test('its program for the media takes the 30 bytes of each key, and opens what it protects', () => {
    const [keys = '', port = ''] = programsOf('docs/prosody.md', 'ts').slice(-2);
    const printed = run(`
      import { createSocket } from 'node:dgram';
      import { once } from 'node:events';
      import { dtlslib_srtp_mode_aes128_cm_sha1_80 } from 'dtlslib/prosody';
      const mode = { value: dtlslib_srtp_mode_aes128_cm_sha1_80 };
      const [tx, rx] = [Buffer.alloc(30, 'key'), Buffer.alloc(30, 'key')];
      const rtpPort = createSocket('udp4');
      rtpPort.bind(0, '127.0.0.1');
      await once(rtpPort, 'listening');
      const { address: peerAddress, port: peerPort } = rtpPort.address();
      let count = 0;
      const play = (packet) => {
        console.log(Buffer.from(packet).toString('hex'));
        if (++count === 2) rtpPort.close();
      };
      ${keys}${port}
      sendRtp(Buffer.from('80000001000000a00102030407', 'hex'));
      sendRtcp(Buffer.from('80c9000101020304', 'hex'));
      process.on('exit', () => console.log(vmptx.profile, tx.every((byte) => byte === 0)));
    `);
    const packets = '80000001000000a00102030407\n80c9000101020304\n';
    expect(printed).toBe(`${packets}SRTP_AES128_CM_SHA1_80 true\n`);
  });

  test('tells of everything that sock.stats counts', () => {
    const counts = membersOf('src/net/udp-socket.ts', 'UdpDiscard');
    expect(counts.length).toBeGreaterThan(5);
    const text = read('docs/prosody.md');
    for (const count of ['received', 'sent', 'mediaReceived', 'mediaSent', ...counts])
      expect(text).toMatch(new RegExp(`\`(?:discards\\.)?${count}\``));
  });
});

describe('docs/architecture.md', () => {
  test('has every folder of src in its table of floors, and no other', () => {
    const folders = tableOf('docs/architecture.md', 'floor', 'folder', 'what it holds').flatMap(
      ([, cell = '']) => [...cell.matchAll(/`([\w./]+)`/g)].map(([, path = '']) => path),
    );
    const outermost = new Set(folders.map((path) => path.split('/')[0]));
    expect([...outermost].sort()).toEqual(readdirSync(resolve(ROOT, 'src')).sort());
    expect(folders.filter((path) => !existsSync(resolve(ROOT, 'src', path)))).toEqual([]);
  });
});

describe('the documents', () => {
  test.each(DOCUMENTS)('%s names no file that is not there', (document) => {
    const text = read(document);
    const named = [...text.matchAll(/`([\w-]+(?:\/[\w.-]+)+\.(?:ts|mjs|md|json))`/g)].map(
      ([, path = '']) => path,
    );
    const places = ['.', 'src', 'src/handshake'];
    const missing = named.filter((path) => !places.some((place) => existsSync(resolve(ROOT, place, path))));
    expect(missing).toEqual([]);
  });

  test.each(DOCUMENTS)('%s links to what is there', (document) => {
    const links = [...read(document).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path = '']) => path);
    const missing = links.filter((path) => !existsSync(resolve(ROOT, dirname(document), path)));
    expect(missing).toEqual([]);
  });
});
