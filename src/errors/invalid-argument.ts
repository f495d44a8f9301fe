/** An argument that no value of the caller's could be right for: `message` is a whole sentence, free of secrets. */
export function invalidArgument(
  message: string,
  cause?: unknown,
): TypeError & { code: 'ERR_INVALID_ARG_VALUE' } {
  const error = new TypeError(message, cause === undefined ? undefined : { cause });
  return Object.assign(error, { code: 'ERR_INVALID_ARG_VALUE' as const });
}
