package dev.fresnel;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A Java shell prints every value of the API: none shows a hash in place of what it is. */
class PrintedValuesTest {
  /** How javap shows a toString that the compiler made of a record's components. */
  private static final Pattern MADE =
      Pattern.compile(
          "toString\\(\\);\\R(?:(?!\\R\\R).)*InvokeDynamic #\\d+:toString:", Pattern.DOTALL);

  private static Stream<Class<?>> values() {
    return new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("dev.fresnel")
            .stream()
            .filter(PrintedValuesTest::isShown)
            .map(JavaClass::reflect);
  }

  /** Whether code outside Fresnel can hold an object of the class itself. */
  private static boolean isShown(JavaClass type) {
    boolean isPublic = true;
    for (var each = Optional.of(type); each.isPresent(); each = each.get().getEnclosingClass()) {
      isPublic &= each.get().getModifiers().contains(JavaModifier.PUBLIC);
    }
    return isPublic
        && !type.getPackageName().contains(".internal")
        && !type.getPackageName().contains(".cli")
        && !type.isInterface()
        && !type.isEnum()
        && !type.isAssignableTo(Throwable.class)
        && !type.getModifiers().contains(JavaModifier.ABSTRACT)
        && type.getMethods().stream().anyMatch(PrintedValuesTest::isOfItsObjects);
  }

  /** A class of static methods alone gives nobody an object. */
  private static boolean isOfItsObjects(JavaMethod method) {
    return method.getModifiers().contains(JavaModifier.PUBLIC)
        && !method.getModifiers().contains(JavaModifier.STATIC);
  }

  @Test
  void everyPublicClassPrintsItself() {
    assertThat(values().filter(PrintedValuesTest::printsAHash)).isEmpty();
  }

  private static boolean printsAHash(Class<?> type) {
    try {
      return type.getMethod("toString").getDeclaringClass() == Object.class;
    } catch (NoSuchMethodException impossible) {
      throw new AssertionError(impossible);
    }
  }

  @Test
  void everyPublicRecordOfArraysOrFunctionsPrintsThem() {
    var records = values().filter(Class::isRecord).filter(PrintedValuesTest::holdsWhatHasAHash);
    var types = records.toList();
    assertThat(types).hasSizeGreaterThan(10);
    var tool = ToolProvider.findFirst("javap");
    Assumptions.assumeTrue(tool.isPresent(), "needs a JDK");
    assertThat(types.stream().filter(type -> isMade(tool.get(), type))).isEmpty();
  }

  private static boolean holdsWhatHasAHash(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(RecordComponent::getGenericType)
        .anyMatch(PrintedValuesTest::hasAHash);
  }

  private static boolean hasAHash(Type type) {
    if (type instanceof ParameterizedType generic) {
      return Stream.of(generic.getActualTypeArguments()).anyMatch(PrintedValuesTest::hasAHash);
    }
    return type instanceof GenericArrayType
        || type instanceof Class<?> plain && (plain.isArray() || isFunction(plain));
  }

  private static boolean isFunction(Class<?> type) {
    return type.isInterface()
        && !type.isSealed()
        && Stream.of(type.getMethods()).filter(m -> Modifier.isAbstract(m.getModifiers())).count()
            == 1
        && List.of("dev.fresnel", "java.util.function").stream()
            .anyMatch(type.getPackageName()::startsWith);
  }

  private static boolean isMade(ToolProvider javap, Class<?> type) {
    var out = new StringWriter();
    var file = Objects.requireNonNull(type.getResource(binaryName(type) + ".class")).toString();
    javap.run(new PrintWriter(out), new PrintWriter(out), "-c", file);
    assertThat(out.toString()).contains("toString()");
    return MADE.matcher(out.toString()).find();
  }

  private static String binaryName(Class<?> type) {
    return type.getName().substring(type.getPackageName().length() + 1);
  }
}
