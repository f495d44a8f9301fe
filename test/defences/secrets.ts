// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what stands in the source

import type { Defence, NamedTest } from './defence.ts';

const CONNECTION = 'src/connection/dtls-connection.ts';
const SESSION = 'src/handshake/core/session-v12.ts';
const ENGINE = 'src/crypto/packets/kernel-engine.ts';
const MASTER_KEY = 'src/srtp/master-key.ts';
const HYGIENE = 'src/connection/hygiene.test.ts';
const SECRETS = 'src/srtp/secrets.test.ts';
const ENGINE_TESTS = 'src/crypto/packets/kernel-engine.test.ts';
const MEMORY = 'src/connection/memory.test.ts';
const WIPED: NamedTest = [HYGIENE, 'secrets are overwritten (S28)'];
const AT_ONCE: NamedTest = [HYGIENE, 'the premaster secret and the keys handed to the AEAD at once, with %s'];
const SRTP_WIPED: NamedTest = [SECRETS, '%s: keys are overwritten (S28)'];
const NO_SECRET: NamedTest = ['src/errors/errors.test.ts', 'describe()'];

/** S28. */
export const SECRETS_KEPT: readonly Defence[] = [
  {
    line: 'S28',
    what: 'The master secret is not overwritten.',
    file: CONNECTION,
    text: 'wipe(...this.#secrets);',
    replacement: '',
    tests: [WIPED],
  },
  {
    line: 'S28',
    what: 'The premaster secret is not overwritten.',
    file: SESSION,
    text: 'wipe(premaster);',
    replacement: '',
    tests: [AT_ONCE],
  },
  {
    line: 'S28',
    what: 'The traffic keys are not overwritten when the AEAD has them.',
    file: SESSION,
    text: 'wipe(ours.key, ours.fixedIv, theirs.key, theirs.fixedIv);',
    replacement: '',
    tests: [AT_ONCE],
  },
  {
    line: 'S28',
    what: 'The records’ keys are not overwritten at the end.',
    file: CONNECTION,
    text: 'this.#records.destroy();',
    replacement: '',
    tests: [[HYGIENE, 'master secret and traffic keys at %s']],
  },
  {
    line: 'S28',
    what: 'The record layer forgets to overwrite its keys.',
    file: 'src/record/record-layer.ts',
    text: 'for (const { protection } of this.#write.values()) protection.destroy();',
    replacement: '',
    tests: [['src/record/record-layer.test.ts', 'destroy() overwrites the keys of both directions']],
  },
  {
    line: 'S28',
    what: 'The key of an AEAD is not overwritten.',
    file: 'src/crypto/node/aead.ts',
    text: 'destroy(): void {\n    wipe(this.#key);',
    replacement: 'destroy(): void {',
    tests: [['src/crypto/node/aead.test.ts', '%s: keeps a copy of the key, and destroy() overwrites it']],
  },
  {
    line: 'S28',
    what: 'The keys are left when the handshake fails.',
    file: CONNECTION,
    text: 'if (!this.#unlocked) this.#forgetSecrets();',
    replacement: '',
    tests: [[HYGIENE, 'when the peer is found to be another: at once, whoever polls']],
  },
  {
    line: 'S28',
    what: 'The keys are left when the peer says goodbye.',
    file: CONNECTION,
    text: "if (output?.type === 'closed') this.#forgetSecrets();",
    replacement: '',
    tests: [[HYGIENE, 'when the peer closes, and when it sends an alert']],
  },
  {
    line: 'S28',
    what: 'Key log lines are given unasked.',
    file: CONNECTION,
    text: 'if (!this.#config.keylog) return;',
    replacement: '',
    tests: [[HYGIENE, 'is not given otherwise, traces or not']],
  },
  {
    line: 'S28',
    what: 'A connection shows its secrets.',
    file: CONNECTION,
    text: 'readonly #secrets: Uint8Array[] = [];',
    replacement: 'readonly #secrets: Uint8Array[] = [];\n  readonly shown: Uint8Array[] = this.#secrets;',
    tests: [[HYGIENE, 'by util.inspect, JSON, traces or statistics of a live connection']],
  },
  {
    line: 'S28',
    what: 'A gate shows its secret.',
    file: 'src/handshake/server/gate.ts',
    text: 'this.#cookies = new AddressCookies(nodeCrypto, readSecret(secret), secretLifetime);',
    replacement:
      'this.#cookies = new AddressCookies(nodeCrypto, readSecret(secret), secretLifetime);\n    Object.assign(this, { secret });',
    tests: [['src/handshake/server/gate-arguments.test.ts', 'is in nothing that is shown of it (S28)']],
  },
  {
    line: 'S28',
    what: 'A wrong Finished is told with the one expected.',
    file: SESSION,
    text: "`The ${peer}'s Finished does not match: the two sides have not seen the same handshake.`,",
    replacement:
      "`The ${peer}'s Finished does not match: the two sides have not seen the same handshake.`,\n      { cause: Uint8Array.from(keyed.masterSecret) },",
    tests: [[HYGIENE, 'by the error of one that failed']],
  },
  {
    line: 'S28',
    what: 'Errors print long texts, and what looks like a private key.',
    file: 'src/errors/arguments.ts',
    text: "return value.length <= 60 && !value.includes('PRIVATE KEY')",
    replacement: 'return value.length >= 0',
    tests: [NO_SECRET],
  },
  {
    line: 'S28',
    what: 'Errors print arrays.',
    file: 'src/errors/arguments.ts',
    text: 'if (Array.isArray(value)) return `an array of ${value.length}`;',
    replacement: 'if (Array.isArray(value)) return `an array of ${value.length}: ${value}`;',
    tests: [NO_SECRET],
  },
  {
    line: 'S28',
    what: 'An SRTP key that is text is shown by the error.',
    file: 'src/errors/arguments.ts',
    text: "return typeof value === 'string' ? new Shown(`a string of ${value.length} characters`) : value;",
    replacement: 'return value;',
    tests: [[SECRETS, 'keys where they do not belong are not shown by the error (S28)']],
  },
  {
    line: 'S28',
    what: 'A private key is shown by JSON.stringify.',
    file: 'src/crypto/node/keys.ts',
    text: 'toJSON(): { keyType: KeyType } {\n    return { keyType: this.keyType };',
    replacement: 'toJSON(): object {\n    return { keyType: this.keyType, pem: this.toPem() };',
    tests: [['src/crypto/node/keys.test.ts', '%s: shows nothing of itself']],
  },
  {
    line: 'S28',
    what: 'A key share shows its private key.',
    file: 'src/crypto/node/agreement.ts',
    text: 'this.publicKey = this.#ecdh.generateKeys();',
    replacement:
      'this.publicKey = this.#ecdh.generateKeys();\n    Object.assign(this, { privateKey: this.#ecdh.getPrivateKey() });',
    tests: [['src/crypto/node/agreement.test.ts', 'shows nothing of the private key when inspected (S28)']],
  },
  {
    line: 'S28',
    what: 'The exporter gives out what TLS itself uses.',
    file: 'src/connection/exporter.ts',
    text: "if (RESERVED_LABELS.includes(label)) throw invalidValue('label', 'one that TLS itself does not use', label);",
    replacement: '',
    tests: [['src/connection/keys.test.ts', 'keys']],
  },
  {
    line: 'S28',
    what: 'What a request hands out lies beside secrets.',
    file: 'src/handshake/core/ask.ts',
    text: 'data: copy(data),',
    replacement: 'data,',
    tests: [[MEMORY, 'requests give no way to anything but the handshake message they are about (S28)']],
  },
  {
    line: 'S28',
    what: 'Keys that are handed out lie beside others.',
    file: 'src/connection/exporter.ts',
    text: 'masterKey: copy(material.subarray(0, key)),',
    replacement: 'masterKey: material.subarray(0, key),',
    tests: [[MEMORY, 'datagrams, messages, keys and certificates have memory of their own']],
  },
  {
    line: 'S28',
    what: 'Datagrams lie in memory that secrets have used.',
    file: 'src/handshake/core/flight.ts',
    text: 'bytes: copy(scratch.subarray(0, used))',
    replacement: 'bytes: scratch.subarray(0, used)',
    tests: [[MEMORY, 'datagrams, messages, keys and certificates have memory of their own']],
  },
  {
    line: 'S28',
    what: 'Random bytes stay where they came from.',
    file: 'src/crypto/node/digest.ts',
    text: 'taken.fill(0);',
    replacement: '',
    tests: [
      ['test/defences-constant-time.test.ts', 'leaves nothing of what it hands out where it came from (S28)'],
    ],
  },
  {
    line: 'S28',
    what: 'The SRTP session keys are not overwritten once they are in use.',
    file: MASTER_KEY,
    text: 'wipe(keys.cipherKey, keys.salt, keys.authenticationKey);',
    replacement: '',
    tests: [SRTP_WIPED],
  },
  {
    line: 'S28',
    what: 'The key stream that SRTP keys are cut from is not overwritten.',
    file: 'src/srtp/key-derivation.ts',
    text: 'wipe(stream, blocks);',
    replacement: '',
    tests: [[SECRETS, 'the key stream that they are cut from']],
  },
  {
    line: 'S28',
    what: 'A transform keeps its keys after destroy().',
    file: ENGINE,
    text: 'wipe(this.keys);',
    replacement: '',
    tests: [[ENGINE_TESTS, 'overwrites the keys that the transform keeps itself, %s']],
  },
  {
    line: 'S28',
    what: 'The kernel keeps keys and packets after destroy().',
    file: ENGINE,
    text: 'this.kernel.run.wipe();',
    replacement: '',
    tests: [[ENGINE_TESTS, 'leaves nothing in the memory of the kernel, %s'], SRTP_WIPED],
  },
  {
    line: 'S28',
    what: 'Key stream for packets still to come is kept after destroy().',
    file: ENGINE,
    text: 'this.#ahead.destroy();',
    replacement: '',
    tests: [[ENGINE_TESTS, 'overwrites key stream for packets still to come, %s']],
  },
  {
    line: 'S28',
    what: 'The authentication key stays among the packets.',
    file: ENGINE,
    text: 'kernel.packets.fill(0, 0, keys.authenticationKey.length);',
    replacement: '',
    tests: [[ENGINE_TESTS, 'the maker of a transform leaves the authentication key nowhere in the kernel']],
  },
  {
    line: 'S28',
    what: 'The block of AES that became GHASH’s key is not overwritten.',
    file: ENGINE,
    text: 'wipe(hashKey);',
    replacement: '',
    tests: [[ENGINE_TESTS, 'overwrites the block of AES that became GHASH’s key']],
  },
  {
    line: 'S28',
    what: 'destroy() of an SRTP end overwrites nothing.',
    file: MASTER_KEY,
    text: 'this.rtp.destroy();',
    replacement: '',
    tests: [SRTP_WIPED],
  },
  {
    line: 'S28',
    what: 'A packet that was refused lies beside those that are handed out.',
    file: 'src/srtp/packet-pass.ts',
    text: 'this.packets.fill(0, this.startOf(job), this.cipherEndOf(job));',
    replacement: '',
    tests: [
      ['src/srtp/outputs.test.ts', '%s: what was refused is not in the memory of what is handed out (S28)'],
    ],
  },
  {
    line: 'S28',
    what: 'An SRTP sender shows its keys.',
    file: 'src/srtp/sender.ts',
    text: 'this.#keys = masterKeys.map((key) => new MasterKey(nodeCrypto, config, key));',
    replacement:
      'this.#keys = masterKeys.map((key) => new MasterKey(nodeCrypto, config, key));\n    Object.assign(this, { masterKeys });',
    tests: [[SECRETS, 'by util.inspect, JSON.stringify and text, before, during and after use']],
  },
];
