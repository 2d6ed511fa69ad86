package dev.fresnel.load.hub;

import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Tells broken connections, which are tried again, from those that no other try can secure. */
final class TlsFailures {
  /** Java's words for a server that speaks no TLS, or none that both sides know. */
  private static final Pattern NO_TLS =
      Pattern.compile("(?i)unrecognized SSL message|fatal alert|no appropriate protocol");

  private TlsFailures() {}

  /**
   * The failure in words.
   *
   * @param host scheme, name and port
   * @param roots the certificates that are trusted; null for Java's own
   * @return a failure that may pass
   * @throws HubException if another try cannot help
   */
  static IOException of(SSLException e, String host, @Nullable TrustedRoots roots) {
    String problem = null;
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      problem = problem(cause) == null ? problem : problem(cause);
    }
    String message = Refusals.shown(String.valueOf(e.getMessage()));
    if (problem == null && !NO_TLS.matcher(message).find()) {
      return new IOException(host + ": the secure connection broke off (" + message + ")", e);
    }
    if (problem == null) {
      throw new HubException(
          Reason.UNREACHABLE,
          host
              + ": no secure connection can be made ("
              + message
              + "). Check that the address is one for https",
          e);
    }
    throw new HubException(
        Reason.UNREACHABLE,
        "the certificate of "
            + host
            + " is not trusted: "
            + problem
            + ". Trusted are "
            + (roots == null ? "Java's own certificates" : roots + " alone")
            + ". Where a company's proxy or server signs with a certificate of its own, ask for that"
            + " certificate in PEM form and set SSL_CERT_FILE to its file; else somebody may be"
            + " between here and the hub",
        e);
  }

  /** What is wrong with a certificate; null if this exception is about something else. */
  private static @Nullable String problem(Throwable cause) {
    if (cause instanceof CertPathBuilderException) {
      return "no trusted certificate has signed it";
    }
    if (cause instanceof CertificateExpiredException) {
      return "it has expired (" + Refusals.shown(String.valueOf(cause.getMessage())) + ")";
    }
    if (cause instanceof CertificateNotYetValidException) {
      return "it is not valid yet; check this machine's clock";
    }
    return cause instanceof CertificateException || cause instanceof CertPathValidatorException
        ? Refusals.shown(String.valueOf(cause.getMessage()))
        : null;
  }
}
