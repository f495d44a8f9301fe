// @ts-check
/** Clients and servers of the `openssl` command, a process for each handshake. */
import { execFileSync } from 'node:child_process';
import { end, start } from './loss-children.mjs';
import { LOOPBACK } from './loss-relay.mjs';
import { CIPHER_SUITE, GROUPS, MTU, SRTP_PROFILE } from './loss-terms.mjs';

/** @typedef {import('./loss-identities.mjs').Identities} Identities */
/** @typedef {import('./loss-identities.mjs').Identity} Identity */

/** OpenSSL counts the headers of IPv4 and UDP. */
const HEADERS_LENGTH = 28;

/** @returns {string} its name and version. @throws a sentence that says what is missing */
export function opensslVersion() {
  let said = '';
  try {
    said = execFileSync('openssl', ['version'], { encoding: 'utf8', stdio: 'pipe' });
  } catch (cause) {
    throw new Error('the program `openssl` is missing: install it (Debian: apt install openssl)', { cause });
  }
  const [name = '', version = ''] = said.split(' ');
  if (name !== 'OpenSSL') throw new Error(`the program \`openssl\` is ${name} ${version}, and not OpenSSL's`);
  return `openssl ${version}`;
}

/** @param {Identity} identity */
const common = ({ certFile, keyFile }) => [
  // Without it a datagram that holds nothing new blocks OpenSSL until the next one comes.
  '-timeout',
  '-dtls1_2',
  ...['-cert', certFile, '-key', keyFile],
  ...['-cipher', CIPHER_SUITE.openssl, '-groups', GROUPS.join(':'), '-use_srtp', SRTP_PROFILE],
  ...['-mtu', String(MTU + HEADERS_LENGTH)],
  // A session ticket would be one message more for the server to get across.
  '-no_ticket',
];

/**
 * Standard input stays open until the end, for with its end `openssl` closes the connection.
 * @param {readonly string[]} args
 * @param {RegExp} pattern
 */
function startUntil(args, pattern) {
  const child = start('openssl', args);
  /** @type {Promise<RegExpExecArray>} */
  const found = new Promise((resolve, reject) => {
    let output = '';
    const append = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString('latin1');
      const match = pattern.exec(output);
      if (match !== null) resolve(match);
    };
    child.stdout?.on('data', append);
    child.stderr?.on('data', append);
    child.once('error', reject);
    child.once('close', () => reject(new Error(`openssl ${args[0]} ended: ${lastError(output)}`)));
  });
  found.catch(() => {}); // told to whoever waits for it
  return { found, close: () => end(child) };
}

/** @param {string} output */
const lastError = (output) => output.match(/^.*error:.*$/gm)?.at(-1) ?? output.trimEnd().split('\n').at(-1);

/** @param {Identities} identities */
export async function listen({ server }) {
  // It asks for a cookie without being told to.
  const args = ['s_server', '-accept', `${LOOPBACK}:0`, '-Verify', '1', ...common(server)];
  const { found, close } = startUntil(args, /ACCEPT [\d.]+:(\d+)/);
  try {
    const [, port] = await found;
    return { port: Number(port), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * @param {number} port
 * @param {Identities} identities
 */
export function connect(port, { client }) {
  const args = ['s_client', '-connect', `${LOOPBACK}:${port}`, '-noservername', ...common(client)];
  const { found, close } = startUntil(args, /SRTP Extension negotiated, profile=(\S+)/);
  return { connected: found, close };
}
