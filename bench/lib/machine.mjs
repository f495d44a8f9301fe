// @ts-check
import { cpus } from 'node:os';

/** What the figures depend on. */
export function machine() {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    node: process.version,
    nodeOpenssl: process.versions.openssl,
  };
}
