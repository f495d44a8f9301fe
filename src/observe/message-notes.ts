import type { MessageTrace } from './trace.ts';

/** What each message says, in the sender's voice, for a reader who does not know the protocol. */
const NOTES: Readonly<Record<string, string>> = {
  client_hello: 'what I can do: ciphers, curves, SRTP profiles',
  hello_verify_request: 'return this cookie, to prove your address',
  server_hello: 'chosen: one cipher suite, one SRTP profile',
  certificate: 'who I am: compare it with my fingerprint',
  server_key_exchange: 'my half of the key agreement, signed',
  certificate_request: 'and who are you?',
  server_hello_done: 'your turn',
  client_key_exchange: 'my half of the key agreement',
  certificate_verify: 'a signature: that certificate is mine',
  change_cipher_spec: 'what follows is encrypted',
  finished: 'a digest of all this: nobody altered it',
  application_data: 'a message of the application',
  'alert close_notify': 'that was all from me',
};

/** At most 45 characters; empty when there is nothing to say, as for the later parts of a message. */
export function noteOn({ message, messageSeq, fragment }: MessageTrace): string {
  if (fragment !== undefined && fragment.offset > 0) return '';
  // The hello after a HelloVerifyRequest is the same again but for the cookie (RFC 6347 §4.2.1).
  if (message === 'client_hello' && messageSeq === 1) return 'the same again, with the cookie';
  return NOTES[message] ?? '';
}

/** `client_hello` as the RFC names the structure: `ClientHello`. Of an alert only the first word changes. */
export function structureName(message: string): string {
  const [first = '', ...rest] = message.split(' ');
  const name = first.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return [name, ...rest].join(' ');
}
