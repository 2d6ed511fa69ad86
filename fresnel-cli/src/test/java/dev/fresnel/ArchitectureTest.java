package dev.fresnel;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.members;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static dev.fresnel.Rooms.LIBRARIES;
import static dev.fresnel.Rooms.ROOMS;
import static dev.fresnel.Rooms.ROOT;
import static dev.fresnel.Rooms.room;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvent;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import dev.fresnel.Rooms.Room;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** docs/ARCHITECTURE.md as code: which package may use which, and what it may contain. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages(ROOT);

  private static final ArchRule ROOMS_KNOW_ONLY_WHAT_THEY_MAY =
      classes().should(knowOnlyTheirRooms());

  private static final ArchRule INTERNAL_PACKAGES_ARE_CORES_OWN =
      noClasses().that(areOutside("fresnel-core")).should().dependOnClassesThat(areInternal());

  private static final ArchRule SIGNATURES_SHOW_NOTHING_INTERNAL =
      methods().that(areExported()).should(showNothingInternal());

  private static final ArchRule ONLY_THE_COMMAND_LINE_SPEAKS =
      noClasses()
          .that()
          .resideOutsideOfPackage("..cli..")
          .should(ACCESS_STANDARD_STREAMS)
          .orShould(USE_JAVA_UTIL_LOGGING);

  private static final ArchRule NOTHING_STATIC_CHANGES =
      fields().that().areStatic().should().beFinal();

  private static final ArchRule NAMES_ARE_NOUNS =
      noClasses().should().haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)");

  @Test
  void everyClassStandsInARoomOfItsModule() {
    classes().should(standInTheModuleOfTheirRoom()).check(CLASSES);
  }

  @Test
  void roomsKnowOnlyTheRoomsThatTheyMay() {
    ROOMS_KNOW_ONLY_WHAT_THEY_MAY.check(CLASSES);
  }

  @Test
  void librariesAreUsedOnlyInTheirRooms() {
    classes().should(useLibrariesInTheirRooms()).check(CLASSES);
  }

  /** {@code Figure.of(tensor)} hands it to analysis at once, which copies its numbers. */
  @Test
  void picturesKnowNoTensorButAtTheDoor() {
    noClasses()
        .that()
        .resideInAPackage("..viz..")
        .and()
        .doNotHaveFullyQualifiedName("dev.fresnel.viz.Figure")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("dev.fresnel.tensor.Tensor")
        .check(CLASSES);
  }

  /** Kernels may say head: they compute attention. */
  @Test
  void tensorsDoNotKnowWhatATransformerIs() {
    members()
        .that()
        .areDeclaredInClassesThat()
        .resideInAnyPackage("dev.fresnel.tensor", "dev.fresnel.tensor.grad")
        .should(haveNoNameWith("layer", "head", "token"))
        .check(CLASSES);
  }

  @Test
  void internalPackagesAreCoresOwn() {
    INTERNAL_PACKAGES_ARE_CORES_OWN.check(CLASSES);
  }

  @Test
  void packagesHaveNoCyclesAtAnyDepth() {
    packagesHaveNoCycles(ROOT).check(CLASSES);
  }

  @Test
  void signaturesShowNothingInternal() {
    SIGNATURES_SHOW_NOTHING_INTERNAL.check(CLASSES);
  }

  @Test
  void onlyTheCommandLineSpeaks() {
    ONLY_THE_COMMAND_LINE_SPEAKS.check(CLASSES);
  }

  @Test
  void nothingStaticChanges() {
    NOTHING_STATIC_CHANGES.check(CLASSES);
  }

  @Test
  void nullIsMarkedInEveryPackage() {
    Set<String> unmarked =
        packages().stream()
            .filter(aPackage -> !aPackage.isAnnotatedWith(NullMarked.class))
            .map(JavaPackage::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(unmarked).isEmpty();
    assertThat(packages()).hasSizeGreaterThanOrEqualTo(20);
  }

  private static Set<JavaPackage> packages() {
    return CLASSES.stream().map(JavaClass::getPackage).collect(Collectors.toSet());
  }

  @Test
  void namesAreNouns() {
    NAMES_ARE_NOUNS.check(CLASSES);
  }

  /** Breaks what no class may. */
  public static final class LoudHelper {
    static int calls;

    public Tensor fused(Tensor x, Fused.Layer layer) {
      return Fused.linear(x, layer);
    }

    Tensor layer() {
      System.err.println(calls++);
      return Tensor.full(dev.fresnel.tensor.Shape.SCALAR, 0);
    }
  }

  @Test
  void theseRulesCanFail() {
    var bad = new ClassFileImporter().importClasses(LoudHelper.class);
    assertFails(ROOMS_KNOW_ONLY_WHAT_THEY_MAY, bad, "Fresnel may not know tensor");
    assertFails(SIGNATURES_SHOW_NOTHING_INTERNAL, bad, "Fused$Layer");
    assertFails(
        packagesHaveNoCycles("java"),
        new ClassFileImporter().importClasses(String.class, Locale.class),
        "Cycle detected");
    assertFails(INTERNAL_PACKAGES_ARE_CORES_OWN, bad, "dev.fresnel.tensor.internal.Fused");
    assertFails(ONLY_THE_COMMAND_LINE_SPEAKS, bad, "java.lang.System.err");
    assertFails(NOTHING_STATIC_CHANGES, bad, "calls");
    assertFails(NAMES_ARE_NOUNS, bad, "LoudHelper");
    assertFails(members().should(haveNoNameWith("layer")), bad, "layer");
    assertFails(classes().should(standInTheModuleOfTheirRoom()), bad, "belongs to fresnel-core");
  }

  private static void assertFails(ArchRule rule, JavaClasses on, String saying) {
    assertThatThrownBy(() -> rule.check(on))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(saying);
  }

  private static boolean isFrom(JavaClass javaClass, String module) {
    String from = javaClass.getSource().orElseThrow().getUri().toString();
    return from.contains("/" + module + "/") || from.contains("/" + module + "-");
  }

  private static DescribedPredicate<JavaClass> areOutside(String module) {
    return DescribedPredicate.describe(
        "are outside " + module, javaClass -> !isFrom(javaClass, module));
  }

  private static DescribedPredicate<JavaClass> areInternal() {
    return DescribedPredicate.describe(
        "are internal",
        javaClass ->
            javaClass.getPackageName().startsWith(ROOT)
                && javaClass.getPackageName().contains(".internal"));
  }

  private static DescribedPredicate<JavaMethod> areExported() {
    return DescribedPredicate.describe(
        "are exported",
        method ->
            method.getModifiers().contains(JavaModifier.PUBLIC)
                && method.getOwner().getModifiers().contains(JavaModifier.PUBLIC)
                && !areInternal().test(method.getOwner())
                && !isFrom(method.getOwner(), "fresnel-bench"));
  }

  private static ArchCondition<JavaMethod> showNothingInternal() {
    return new ArchCondition<>("show nothing internal") {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        Stream.concat(Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
            .filter(areInternal())
            .forEach(
                type ->
                    events.add(
                        SimpleConditionEvent.violated(
                            method, method.getFullName() + " shows " + type.getName())));
      }
    };
  }

  private static ArchRule packagesHaveNoCycles(String root) {
    return slices().assignedFrom(eachPackageBelow(root)).should().beFreeOfCycles();
  }

  private static SliceAssignment eachPackageBelow(String root) {
    return new SliceAssignment() {
      @Override
      public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
        String name = javaClass.getPackageName();
        return (name + ".").startsWith(root + ".")
            ? SliceIdentifier.of(name)
            : SliceIdentifier.ignore();
      }

      @Override
      public String getDescription() {
        return "each package below " + root;
      }
    };
  }

  private static ArchCondition<JavaClass> standInTheModuleOfTheirRoom() {
    return condition(
        "stand in the module of their room",
        (javaClass, events) -> {
          Room room = ROOMS.get(room(javaClass));
          if (room == null) {
            events.add(violation(javaClass, javaClass.getName() + " is in no room: see ROOMS"));
          } else if (!isFrom(javaClass, room.module())) {
            events.add(
                violation(
                    javaClass,
                    javaClass.getName()
                        + " belongs to "
                        + room.module()
                        + ", is in "
                        + javaClass.getSource().orElseThrow().getUri()));
          }
        });
  }

  private static ArchCondition<JavaClass> knowOnlyTheirRooms() {
    return condition(
        "know only the rooms that theirs may know",
        (javaClass, events) -> {
          String from = room(javaClass);
          for (Dependency dependency : javaClass.getDirectDependenciesFromSelf()) {
            JavaClass target = dependency.getTargetClass().getBaseComponentType();
            if (target.getPackageName().startsWith(ROOT)
                && !room(target).equals(from)
                && !ROOMS.get(from).mayKnow().contains(room(target))) {
              events.add(
                  violation(
                      javaClass,
                      from + " may not know " + room(target) + ": " + dependency.getDescription()));
            }
          }
        });
  }

  private static ArchCondition<JavaClass> useLibrariesInTheirRooms() {
    return condition(
        "use libraries only in their rooms",
        (javaClass, events) -> {
          for (Dependency dependency : javaClass.getDirectDependenciesFromSelf()) {
            String target = dependency.getTargetClass().getBaseComponentType().getPackageName();
            LIBRARIES.forEach(
                (library, rooms) -> {
                  if ((target + ".").startsWith(library + ".")
                      && !rooms.contains(room(javaClass))) {
                    events.add(
                        violation(
                            javaClass,
                            library + " belongs in " + rooms + ": " + dependency.getDescription()));
                  }
                });
          }
        });
  }

  private static ArchCondition<JavaMember> haveNoNameWith(String... words) {
    return new ArchCondition<>("have no name with " + String.join(", ", words)) {
      @Override
      public void check(JavaMember member, ConditionEvents events) {
        for (String word : words) {
          if (member.getName().toLowerCase(Locale.ROOT).contains(word)) {
            events.add(
                SimpleConditionEvent.violated(
                    member, member.getFullName() + " has " + word + " in its name"));
          }
        }
      }
    };
  }

  private static ConditionEvent violation(JavaClass javaClass, String message) {
    return SimpleConditionEvent.violated(javaClass, message);
  }

  private static ArchCondition<JavaClass> condition(
      String description, BiConsumer<JavaClass, ConditionEvents> check) {
    return new ArchCondition<>(description) {
      @Override
      public void check(JavaClass javaClass, ConditionEvents events) {
        check.accept(javaClass, events);
      }
    };
  }
}
