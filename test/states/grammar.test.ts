import { describe, expect, it } from 'vitest';
import { SETTINGS, type SettingName } from './campaigns.ts';
import { judge, legalSequences } from './grammar.ts';
import type { Move } from './moves.ts';

const CLIENT = 'a client with a certificate';
const SERVER = 'a server that requests a certificate';
const ANONYMOUS = 'a server that requests none';
const COOKIE = 'a server that wants a cookie';

/** Judged by hand. */
const CASES: readonly (readonly [SettingName, string, string])[] = [
  [CLIENT, '', 'wait'],
  [CLIENT, 'server_hello', 'wait'],
  [CLIENT, 'certificate', 'unexpected message'],
  [CLIENT, 'protected finished', 'wait'],
  [CLIENT, 'server_hello|protected finished', 'wait'],
  [CLIENT, 'server_hello|certificate|server_hello_done', 'unexpected message'],
  [CLIENT, 'server_hello|empty certificate', 'no certificate'],
  [CLIENT, 'server_hello|hello_verify_request', 'unexpected message'],
  [CLIENT, 'server_hello|certificate|certificate_status', 'unexpected message'],
  [CLIENT, 'server_hello|certificate|server_key_exchange|server_hello_done', 'wait'],
  [CLIENT, 'server_hello|certificate|server_key_exchange|server_hello_done|finished', 'wait'],
  [
    CLIENT,
    'server_hello|certificate|server_key_exchange|server_hello_done|finished|protected finished',
    'wait',
  ],
  [CLIENT, 'server_hello|certificate|server_key_exchange|server_hello_done|protected finished', 'complete'],
  [
    CLIENT,
    'server_hello|certificate|server_key_exchange|server_hello_done|new_session_ticket',
    'unexpected message',
  ],
  [SERVER, 'certificate', 'wait'],
  [SERVER, 'client_hello|client_key_exchange', 'unexpected message'],
  [SERVER, 'client_hello|certificate|certificate_verify', 'unexpected message'],
  [SERVER, 'client_hello|empty certificate', 'no certificate'],
  [SERVER, 'client_hello|certificate|client_key_exchange|protected finished', 'wait'],
  [SERVER, 'client_hello|certificate|client_key_exchange|protected finished|certificate_verify', 'wait'],
  [SERVER, 'client_hello|certificate|client_key_exchange|certificate_verify|protected finished', 'complete'],
  [
    SERVER,
    'client_hello|certificate|client_key_exchange|certificate_verify|certificate_verify',
    'unexpected message',
  ],
  [ANONYMOUS, 'client_hello|certificate', 'unexpected message'],
  [ANONYMOUS, 'client_hello|client_hello|client_key_exchange|protected finished', 'wait'],
  [ANONYMOUS, 'client_hello|hello_request|again|client_key_exchange|protected finished', 'complete'],
  [ANONYMOUS, 'client_hello|client_key_exchange|protected application_data|certificate', 'wait'],
  [
    ANONYMOUS,
    'client_hello|client_key_exchange|certificate|protected application_data',
    'unexpected message',
  ],
  [ANONYMOUS, 'client_hello|client_key_exchange|protected certificate', 'unexpected message'],
  [COOKIE, 'client_hello|client_key_exchange|protected finished', 'wait'],
  [COOKIE, 'client_hello|certificate|client_hello|client_key_exchange|protected finished', 'complete'],
];

describe('judge(), by which all sequences are held to be right or wrong', () => {
  it.each(CASES)('%s, %s: %s', (name, text, expected) => {
    const moves = text.split('|').filter((move) => move !== '') as Move[];
    const { outcome, error } = judge(SETTINGS[name], moves);
    expect(error ?? outcome).toBe(expected);
  });

  it.each(Object.entries(SETTINGS))(
    '%s: the legal sequences complete, and no beginning of one does',
    (_, setting) => {
      for (const moves of legalSequences(setting)) {
        expect(judge(setting, moves).outcome).toBe('complete');
        for (let length = 0; length < moves.length; length++)
          expect(judge(setting, moves.slice(0, length)).outcome).toBe('wait');
      }
    },
  );
});
