/**
 * What the C library is compiled with or without, as switches that may be turned at any time.
 * All are off until set to true.
 */
export interface DtlslibSwitches {
  /** Write errors to standard output. */
  PRINT_ERRORS: boolean;
  /** Report errors, and what else happens, through the `LogModule*` functions. */
  LOG_ERRORS: boolean;
  /** Dump every packet read and written to standard output. Packets only, never keys. */
  DTLSLIB_SSL_DEBUG: boolean;
}

export const dtlslibSwitches: DtlslibSwitches = {
  PRINT_ERRORS: false,
  LOG_ERRORS: false,
  DTLSLIB_SSL_DEBUG: false,
};
