import { DtlsError } from '../errors/dtls-error.ts';
import { Alert, AlertLevel, type AlertName, alertName } from '../registry/alerts.ts';
import type { AlertMessage } from '../wire/alert.ts';

/** What an alert of the peer's comes to: the end, with or without an error, or nothing. */
export type AlertMeaning = 'nothing' | 'goodbye' | DtlsError;

/** RFC 5246 §7.2. `complete`: the handshake is over. */
export function alertMeaning({ level, description }: AlertMessage, complete: boolean): AlertMeaning {
  if (description === Alert.close_notify) {
    if (complete) return 'goodbye';
    return new DtlsError(
      'ERR_DTLS_CLOSED_BY_PEER',
      'The peer closed the connection before the handshake was complete.',
    );
  }
  if (level !== AlertLevel.fatal) return 'nothing';
  const name = alertName(description);
  const alert = Object.hasOwn(Alert, name) ? (name as AlertName) : undefined;
  const what = complete ? 'the connection' : 'the handshake';
  return new DtlsError('ERR_DTLS_ALERT_RECEIVED', `The peer ended ${what} with the alert ${name}.`, {
    alert,
  });
}
