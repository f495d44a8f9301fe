// The packet kernel: what SRTP does with the bytes of many packets. AES itself is not here: JavaScript has OpenSSL
// turn the counters into key stream, between `counters` and `crypt`. Nothing branches on secrets or is looked up by
// them.

export { counters, crypt } from './counter-mode';
export { ghashPrepare, ghashTags } from './gcm-tags';
export { JOBS, KEY_STREAM, KEYS, PACKETS } from './memory';
export { hmacPrepare, hmacSign, hmacVerify } from './hmac';

import { begin } from './ghash';
import { wipeMemory } from './memory';

/** Overwrites everything. */
export function wipe(): void {
  wipeMemory();
  begin();
}
