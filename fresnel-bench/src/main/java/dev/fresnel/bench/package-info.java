/**
 * Measurements; no other module uses them. {@link dev.fresnel.bench.Worker} is Fresnel's side of
 * {@code bench/compare} and {@code bench/paired}; the classes named Benchmark run under JMH.
 *
 * <pre>
 * ./mvnw -DskipTests package
 * java -cp fresnel-bench/target/fresnel-bench.jar:$(cat fresnel-bench/target/classpath.txt) org.openjdk.jmh.Main
 * </pre>
 */
@org.jspecify.annotations.NullMarked
package dev.fresnel.bench;
