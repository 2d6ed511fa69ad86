/**
 * Measurements, and nothing that others use: {@link dev.fresnel.bench.Worker} is Fresnel's side of
 * {@code bench/compare}; the classes named Benchmark are JMH's.
 *
 * <pre>
 * ./mvnw -DskipTests package
 * java -cp fresnel-bench/target/fresnel-bench.jar:$(cat fresnel-bench/target/classpath.txt) org.openjdk.jmh.Main
 * </pre>
 */
@org.jspecify.annotations.NullMarked
package dev.fresnel.bench;
