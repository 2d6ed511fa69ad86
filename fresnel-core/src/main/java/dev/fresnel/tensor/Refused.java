package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Turns what libtorch refuses to compute into an error that names the operation and its tensors.
 * Types are looked at here, where an operation has failed, so that one that succeeds pays nothing.
 */
final class Refused {
  /** libtorch's words for too little memory, by system, and for sizes beyond 64 bits. */
  private static final List<String> MEMORY =
      List.of("allocate memory", "not enough memory", "bad_alloc", "overflow");

  /** libtorch's words for types that do not go together. */
  private static final List<String> MIXED = List.of("dtype", "scalar type", "same type");

  /** libtorch's words for a type that an operation does not know. */
  private static final List<String> UNKNOWN =
      List.of("not implemented for", "not supported", "does not support");

  private Refused() {}

  /**
   * The error of an operation.
   *
   * @param operation what was asked for, as the caller wrote it
   * @param operands the tensors that it was asked for
   */
  static FresnelException by(RuntimeException e, String operation, Tensor... operands) {
    if (e instanceof FresnelException known) {
      return known;
    }
    String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    String on = Arrays.stream(operands).map(Tensor::toString).collect(Collectors.joining(" and "));
    return new FresnelException(explained(said, operation, on, operands), e);
  }

  /** The error of a tensor that cannot be made. */
  static FresnelException by(RuntimeException e, Shape shape) {
    String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return new FresnelException(
        has(said, MEMORY)
            ? "there is not enough memory for a tensor " + shape + "; make it smaller"
            : "a tensor " + shape + " cannot be made: " + said,
        e);
  }

  private static String explained(String said, String operation, String on, Tensor... operands) {
    boolean mixed = Arrays.stream(operands).map(Tensor::dtype).distinct().count() > 1;
    if (said.contains("without overflow")) {
      return "%s: the number does not fit into %s; convert it with to(DType.…) first"
          .formatted(operation, on);
    }
    if (has(said, MEMORY)) {
      return "there is not enough memory for %s of %s; work on a part of it, with slice or select"
          .formatted(operation, on);
    }
    if (mixed && has(said, MIXED)) {
      return "%s needs numbers of one type, got %s; convert one of them with to(DType.…)"
          .formatted(operation, on);
    }
    if (has(said, UNKNOWN)) {
      return "%s does not know numbers of this type, got %s; convert them with to(DType.FLOAT32)"
          .formatted(operation, on);
    }
    return "%s of %s cannot be computed; libtorch says: %s".formatted(operation, on, said);
  }

  private static boolean has(String said, List<String> words) {
    return words.stream().anyMatch(said::contains);
  }
}
