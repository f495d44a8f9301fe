/**
 *     struct { AlertLevel level; AlertDescription description; } Alert;      RFC 5246 §7.2
 */
export interface AlertMessage {
  readonly level: number;
  readonly description: number;
}

export function readAlert(bytes: Uint8Array): AlertMessage | undefined {
  const [level, description] = bytes;
  if (bytes.length !== 2 || level === undefined || description === undefined) return undefined;
  return { level, description };
}

export function writeAlert(alert: AlertMessage): Uint8Array {
  return Uint8Array.of(alert.level, alert.description);
}
