package dev.fresnel.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Calls of a tensor's operations on one value, with random arguments, many of them wrong. */
record RandomCalls(Random random, RandomValue value) {
  private static final List<Dim> NAMES = RandomValue.NAMES;

  /** Counts and indices, most of them wrong. No machine has memory for the largest. */
  private static final long[] COUNTS = {
    0, 1, 2, 3, 4, 5, -1, -2, -3, 1L << 60, Long.MAX_VALUE, Long.MIN_VALUE
  };

  /** One call: its name with its arguments, how Fresnel computes it, and how plain Java does. */
  record Call(String name, Supplier<Tensor> ours, Supplier<Plain> plain) {}

  private Dim dim() {
    var own = value.tensor().dims();
    return own.isEmpty() || random.nextInt(4) == 0
        ? NAMES.get(random.nextInt(NAMES.size()))
        : own.get(random.nextInt(own.size()));
  }

  private long count() {
    return random.nextBoolean() ? random.nextInt(4) : COUNTS[random.nextInt(COUNTS.length)];
  }

  private double number() {
    double[] numbers = {0, 1, -1, 0.5, 2, -3, 300, 1e9, Double.NaN, Double.POSITIVE_INFINITY};
    return numbers[random.nextInt(numbers.length)];
  }

  private Dim[] some() {
    return IntStream.range(0, random.nextInt(3)).mapToObj(i -> dim()).toArray(Dim[]::new);
  }

  /** A tensor that mostly fits: with axes of this one, and others. */
  private RandomValue other() {
    Shape shape = Shape.SCALAR;
    for (Dim name : NAMES) {
      boolean own = value.tensor().has(name);
      if (random.nextInt(own ? 2 : 4) == 0) {
        boolean fits = own && random.nextInt(8) > 0;
        shape = shape.and(name, fits ? value.tensor().size(name) : 1 + random.nextInt(3));
      }
    }
    return RandomValue.filled(shape, random);
  }

  /** One of the same shape, often in another order, sometimes with another axis or size. */
  private RandomValue like() {
    var dims = new ArrayList<>(value.tensor().dims());
    Collections.shuffle(dims, random);
    Shape shape = value.tensor().shape().only(dims);
    if (random.nextInt(6) == 0 && !dims.isEmpty()) {
      shape = shape.only(dims.subList(1, dims.size())).and(dims.get(0), random.nextInt(4));
    }
    if (random.nextInt(8) == 0) {
      shape = NAMES.stream().allMatch(shape::has) ? Shape.SCALAR : shape.and(absent(shape), 1);
    }
    return RandomValue.filled(shape, random);
  }

  private static Dim absent(Shape shape) {
    return NAMES.stream().filter(name -> !shape.has(name)).findFirst().orElseThrow();
  }

  Call any() {
    return switch (random.nextInt(5)) {
      case 0 -> layout();
      case 1 -> part();
      case 2 -> arithmetic();
      case 3 -> alone();
      default -> along();
    };
  }

  private Call call(String name, Supplier<Tensor> ours, Supplier<Plain> plain) {
    return new Call(name, ours, plain);
  }

  private Call layout() {
    Tensor x = value.tensor();
    Plain p = value.plain();
    Dim one = dim();
    Dim two = dim();
    Dim three = dim();
    RandomValue like = like();
    RandomValue another = like();
    switch (random.nextInt(8)) {
      case 0:
        return call("rename " + one + two, () -> x.rename(one, two), () -> p.rename(one, two));
      case 1:
        var order = new ArrayList<>(x.dims());
        Collections.shuffle(order, random);
        if (random.nextInt(3) == 0 && !order.isEmpty()) {
          order.set(0, one);
        }
        return call("order " + order, () -> x.order(order), () -> p.order(order));
      case 2:
        var inner = two.equals(NAMES.get(3)) ? NAMES.get(0) : two;
        var parts = Shape.of(inner, random.nextInt(4)).and(NAMES.get(3), 1 + random.nextInt(2));
        return call("split " + one + parts, () -> x.split(one, parts), () -> p.split(one, parts));
      case 3:
        return call(
            "merge " + one + two + three,
            () -> x.merge(one, two, three),
            () -> p.merge(one, two, three));
      case 4:
        return call("unsqueeze " + one, () -> x.unsqueeze(one), () -> p.unsqueeze(one));
      case 5:
        return call("squeeze " + one, () -> x.squeeze(one), () -> p.squeeze(one));
      case 6:
        return call(
            "stack " + one + " with " + like.tensor() + another.tensor(),
            () -> Tensor.stack(one, List.of(x, like.tensor(), another.tensor())),
            () -> Plain.stack(one, List.of(p, like.plain(), another.plain())));
      default:
        return call(
            "concatenate " + one + " with " + like.tensor(),
            () -> Tensor.concatenate(one, List.of(x, like.tensor())),
            () -> Plain.concatenate(one, List.of(p, like.plain())));
    }
  }

  private Call part() {
    Tensor x = value.tensor();
    Plain p = value.plain();
    Dim dim = dim();
    long from = count();
    long to = count();
    double number = number();
    RandomValue part = other();
    long[] indices = IntStream.range(0, random.nextInt(4)).mapToLong(i -> count()).toArray();
    return switch (random.nextInt(6)) {
      case 0 -> call("select " + dim + from, () -> x.select(dim, from), () -> p.select(dim, from));
      case 1 ->
          call(
              "slice " + dim + from + ".." + to,
              () -> x.slice(dim, from, to),
              () -> p.slice(dim, from, to));
      case 2 ->
          call(
              "gather " + dim + Arrays.toString(indices),
              () -> x.gather(dim, indices),
              () -> p.gather(dim, indices));
      case 3 ->
          call(
              "repeatEach " + dim + from,
              () -> x.repeatEach(dim, from),
              () -> p.repeatEach(dim, from));
      case 4 ->
          call(
              "with " + dim + from + "=" + number,
              () -> x.with(dim, from, number),
              () -> p.with(dim, from, Plain.of(Shape.SCALAR, number)));
      default ->
          call(
              "with " + dim + from + "=" + part.tensor(),
              () -> x.with(dim, from, part.tensor()),
              () -> p.with(dim, from, part.plain()));
    };
  }

  private Call arithmetic() {
    Tensor x = value.tensor();
    Plain p = value.plain();
    RandomValue other = other();
    RandomValue third = other();
    Tensor y = other.tensor();
    Plain q = other.plain();
    double number = number();
    Dim[] over = some();
    String with = " with " + y;
    return switch (random.nextInt(10)) {
      case 0 -> call("plus" + with, () -> x.plus(y), () -> p.combine(q, Double::sum));
      case 1 -> call("minus" + with, () -> x.minus(y), () -> p.combine(q, (a, b) -> a - b));
      case 2 -> call("times" + with, () -> x.times(y), () -> p.combine(q, (a, b) -> a * b));
      case 3 -> call("divided" + with, () -> x.dividedBy(y), () -> p.combine(q, (a, b) -> a / b));
      case 4 -> call("plus " + number, () -> x.plus(number), () -> p.map(a -> a + number));
      case 5 -> call("minus " + number, () -> x.minus(number), () -> p.map(a -> a - number));
      case 6 -> call("times " + number, () -> x.times(number), () -> p.map(a -> a * number));
      case 7 -> call("divided " + number, () -> x.dividedBy(number), () -> p.map(a -> a / number));
      case 8 ->
          call(
              "where" + with + third.tensor(),
              () -> x.where(y, third.tensor()),
              () -> p.where(q, third.plain()));
      default ->
          call(
              "dot " + Arrays.toString(over) + with,
              () -> x.dot(y, over),
              () -> p.dot(q, List.of(over)));
    };
  }

  private Call alone() {
    Tensor x = value.tensor();
    Plain p = value.plain();
    return switch (random.nextInt(8)) {
      case 0 -> call("exp", x::exp, () -> p.map(Math::exp));
      case 1 -> call("log", x::log, () -> p.map(Math::log));
      case 2 -> call("tanh", x::tanh, () -> p.map(Math::tanh));
      case 3 -> call("sqrt", x::sqrt, () -> p.map(Math::sqrt));
      case 4 -> call("square", x::square, () -> p.map(a -> a * a));
      case 5 -> call("abs", x::abs, () -> p.map(Math::abs));
      case 6 -> call("copy", x::copy, () -> p.order(p.dims()));
      default -> call("contiguous", x::contiguous, () -> p.order(p.dims()));
    };
  }

  private Call along() {
    Tensor x = value.tensor();
    Plain p = value.plain();
    Dim dim = dim();
    Dim[] over = some();
    List<Dim> all = List.of(over);
    long k = count();
    String name = " " + all;
    return switch (random.nextInt(7)) {
      case 0 -> call("sum" + name, () -> x.sum(over), () -> p.reduce(all, Plain::sum));
      case 1 ->
          call(
              "mean" + name,
              () -> x.mean(over),
              () -> p.reduce(all, each -> Plain.sum(each) / each.length));
      case 2 -> call("max " + dim, () -> x.max(dim), () -> p.max(dim));
      case 3 ->
          call(
              "norm" + name,
              () -> x.norm(over),
              () -> p.reduce(all, each -> Math.sqrt(Arrays.stream(each).map(a -> a * a).sum())));
      case 4 ->
          call("softmax " + dim, () -> x.softmax(dim), () -> p.logSoftmax(dim).map(Math::exp));
      case 5 -> call("logSoftmax " + dim, () -> x.logSoftmax(dim), () -> p.logSoftmax(dim));
      default -> call("top " + dim + k, () -> top(x, dim, k), () -> p.topNumbers(dim, k));
    };
  }

  /** The numbers at the indices that {@code topIndices} gives. */
  private static Tensor top(Tensor x, Dim dim, long k) {
    Tensor indices = x.topIndices(dim, k);
    Dim place = new Dim("place");
    Tensor chosen =
        Tensor.ofLongs(
                Shape.of(dim, x.size(dim)),
                IntStream.range(0, (int) x.size(dim)).asLongStream().toArray())
            .rename(dim, place);
    Tensor apart = indices.minus(chosen).abs();
    Tensor hit = Tensor.full(Shape.SCALAR, 1).where(apart, Tensor.full(Shape.SCALAR, 0));
    Tensor one = Tensor.full(Shape.SCALAR, 1).minus(hit);
    return x.to(DType.FLOAT64).rename(dim, place).dot(one.to(DType.FLOAT64), place).order(x.dims());
  }
}
