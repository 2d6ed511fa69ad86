package dev.fresnel.viz;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests of a class that open pages in a real Chromium; a parameter of type {@link Tab} is a fresh
 * tab. Without Chromium they are skipped, loudly; where {@code CI} is {@code true} that is a
 * failure.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ChromiumExtension.class)
@interface InChromium {}
