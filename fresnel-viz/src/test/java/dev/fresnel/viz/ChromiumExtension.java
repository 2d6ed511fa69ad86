package dev.fresnel.viz;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.opentest4j.TestAbortedException;

/** One browser for all browser tests, one tab per test. */
final class ChromiumExtension implements BeforeAllCallback, ParameterResolver {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(ChromiumExtension.class);

  @Override
  public void beforeAll(ExtensionContext context) {
    if (Chromium.installed().isPresent()) {
      return;
    }
    var message =
        "BROWSER TESTS NOT RUN: Chromium is not installed (FRESNEL_CHROMIUM may name it): "
            + context.getDisplayName();
    System.err.println(message);
    if ("true".equals(System.getenv("CI"))) {
      throw new IllegalStateException(message);
    }
    throw new TestAbortedException(message);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Tab.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    var browser =
        context
            .getRoot()
            .getStore(NAMESPACE)
            .computeIfAbsent(Chromium.class, key -> start(), Chromium.class);
    return browser.open().size(1280, 900, 1);
  }

  private static Chromium start() {
    try {
      return Chromium.start(Chromium.installed().orElseThrow());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
