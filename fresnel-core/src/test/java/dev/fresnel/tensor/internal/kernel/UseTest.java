package dev.fresnel.tensor.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class UseTest {
  /** Memory that counts how often it is freed. */
  private static final class Counted extends Use.Memory {
    int freed;

    boolean taken() {
      return take();
    }

    @Override
    protected void free() {
      freed++;
    }
  }

  private final Counted memory = new Counted();

  @Test
  void memoryThatNothingUsesIsFreedWhenItIsClosedAndOnlyOnce() {
    memory.close();
    memory.close();
    assertThat(memory.freed).isEqualTo(1);
    try (var use = Use.open()) {
      assertThat(memory.taken()).isFalse();
    }
    assertThat(memory.freed).isEqualTo(1);
  }

  @Test
  void memoryThatIsClosedWhileItIsUsedIsFreedByItsLastUse() {
    try (var outer = Use.open()) {
      assertThat(memory.taken()).isTrue();
      try (var inner = Use.open()) {
        assertThat(memory.taken()).isTrue();
        CompletableFuture.runAsync(memory::close).join();
        assertThat(memory.taken()).as("taken once it is closed").isFalse();
      }
      assertThat(memory.freed).isZero();
    }
    assertThat(memory.freed).isEqualTo(1);
  }

  @Test
  void aUseThatEndsWithAnErrorGivesBackWhatItTook() {
    try (var use = Use.open()) {
      memory.taken();
      throw new IllegalStateException("the operation failed");
    } catch (IllegalStateException expected) {
      memory.close();
    }
    assertThat(memory.freed).isEqualTo(1);
    assertThat(Use.isOpen()).isFalse();
  }

  @Test
  void withoutAnOpenUseNothingIsHeld() {
    assertThat(memory.taken()).isTrue();
    memory.close();
    assertThat(memory.freed).isEqualTo(1);
    assertThat(memory.taken()).isFalse();
  }
}
