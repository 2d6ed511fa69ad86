package dev.fresnel.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.util.concurrent.CompletableFuture;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

class OwnershipTest {
  private static final Dim A = new Dim("a");

  private static Tensor one() {
    return Tensor.of(Shape.of(A, 1), 1f);
  }

  @Test
  void aScopeFreesWhatWasMadeInside() {
    Tensor inside;
    try (var scope = Scope.open()) {
      inside = one();
    }
    Tensor gone = inside;
    assertThatThrownBy(gone::floats)
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("was closed with its Scope");
  }

  @Test
  void anOwnerKeepsWhatAScopeWouldFreeAndNamesWhatItFreed() {
    var owner = new Owner("Run");
    Tensor kept;
    try (var scope = Scope.open()) {
      kept = owner.keep(one(), "blocks.5.attn.hook_pattern");
    }
    assertThat(kept.floats()).containsExactly(1);
    owner.close();
    owner.close();
    assertThatThrownBy(kept::floats)
        .hasMessageContaining("blocks.5.attn.hook_pattern was closed with its Run");
    assertThatThrownBy(owner::requireOpen).hasMessageContaining("this Run is closed");
  }

  @Test
  void anOwnerMayBeClosedByAnotherThread() {
    var owner = new Owner("Run");
    Tensor kept = owner.keep(one(), "x");
    CompletableFuture.runAsync(owner::close).join();
    assertThatThrownBy(kept::floats).hasMessageContaining("x was closed");
  }

  @Test
  void aScopeIsClosedByItsOwnThread() {
    try (var scope = Scope.open()) {
      assertThatThrownBy(() -> CompletableFuture.runAsync(scope::close).join())
          .hasRootCauseInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aTensorUnderAnotherNameIsClosedWithTheTensorItIs() {
    var owner = new Owner("Run");
    Tensor renamed;
    try (var scope = Scope.open()) {
      renamed = owner.keep(one(), "x").rename(A, new Dim("b"));
    }
    assertThat(renamed.floats()).containsExactly(1);
    owner.close();
    assertThatThrownBy(renamed::floats).hasMessageContaining("x was closed with its Run");
    assertThat(renamed.toString()).isEqualTo("x [b 1] closed");
  }

  @Test
  void aViewStaysWhenTheTensorItIsAViewOfIsClosed() {
    try (var scope = Scope.open()) {
      var owner = new Owner("Run");
      Tensor kept = owner.keep(Tensor.of(Shape.of(A, 3), 1f, 2f, 3f), "x");
      Tensor view = kept.slice(A, 1, 3);
      owner.close();
      assertThat(view.floats()).containsExactly(2, 3);
    }
  }

  @Test
  void anOwnerThatIsClosedBeforeTheScopeOfItsTensorsIsClosed() {
    try (var scope = Scope.open()) {
      var owner = new Owner("Run");
      Tensor kept = owner.keep(one(), "x");
      owner.close();
      assertThatThrownBy(kept::floats).hasMessageContaining("x was closed");
    }
  }

  @Test
  void indicesOfTheLargestNumbersStayWithoutAScope() throws Exception {
    Tensor indices = Tensor.of(Shape.of(A, 3), 1f, 3f, 2f).topIndices(A, 2);
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(20);
      Tensor.full(Shape.of(A, 2), i);
    }
    assertThat(indices.longs()).containsExactly(1, 2);
  }

  @Test
  void theResultOfAComputationOutlivesItsTemporaries() {
    try (var scope = Scope.open()) {
      Tensor result = Scope.result(() -> one().plus(1).times(3));
      assertThat(result.floats()).containsExactly(6);
    }
    Tensor loose = Scope.result(() -> one().plus(1));
    assertThat(loose.floats()).containsExactly(2);
  }

  @Test
  void aChainKeepsOnlyItsLastValue() {
    try (var scope = Scope.open()) {
      Tensor first = one();
      Tensor last = first;
      for (int i = 0; i < 3; i++) {
        last = Scope.step(last, x -> x.plus(1));
      }
      assertThat(last.floats()).containsExactly(4);
      assertThatThrownBy(first::floats).hasMessageContaining("was closed");
    }
  }

  @Test
  void aStepThatReturnsItsInputKeepsIt() {
    try (var scope = Scope.open()) {
      Tensor same = Scope.step(one(), x -> x.rename(A, new Dim("b")));
      assertThatCode(same::floats).doesNotThrowAnyException();
    }
  }

  @Test
  void scopesLeaveNothingBehind() {
    work();
    long before = Pointer.totalCount();
    for (int i = 0; i < 50; i++) {
      work();
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  private static void work() {
    try (var scope = Scope.open()) {
      Tensor sum = Scope.step(one(), x -> x.plus(1).softmax(A));
      sum.dot(one(), A).item();
    }
  }
}
