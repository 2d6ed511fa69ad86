package dev.fresnel;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.members;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvent;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.fresnel.tensor.Tensor;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** docs/ARCHITECTURE.md as code: which room may know which, and what may stand in it. */
class ArchitectureTest {
  private static final String ROOT = "dev.fresnel";

  /** The root package, which holds nothing but the door. */
  private static final String DOOR = "Fresnel";

  /** A room's module, and the other rooms it may know. */
  private record Room(String module, Set<String> mayKnow) {}

  private static final Map<String, Room> ROOMS =
      Map.ofEntries(
          Map.entry("error", new Room("fresnel-core", Set.of())),
          Map.entry("file", new Room("fresnel-core", Set.of("error"))),
          Map.entry("tensor", new Room("fresnel-core", Set.of("error"))),
          Map.entry("text", new Room("fresnel-core", Set.of("error", "file"))),
          Map.entry("hook", new Room("fresnel-core", Set.of("error", "tensor"))),
          Map.entry("model", new Room("fresnel-core", Set.of("error", "tensor", "text", "hook"))),
          Map.entry(
              "load",
              new Room("fresnel-core", Set.of("error", "file", "tensor", "text", "hook", "model"))),
          Map.entry(DOOR, new Room("fresnel-core", Set.of("load", "model"))),
          Map.entry(
              "analysis",
              new Room("fresnel-analysis", Set.of("error", "tensor", "text", "hook", "model"))),
          Map.entry("viz", new Room("fresnel-viz", Set.of("error", "file", "text", "analysis"))),
          Map.entry(
              "train",
              new Room(
                  "fresnel-train",
                  Set.of("error", "file", "tensor", "text", "hook", "model", "load", "analysis"))),
          Map.entry(
              "cli",
              new Room(
                  "fresnel-cli",
                  Set.of(
                      "error",
                      "file",
                      "tensor",
                      "text",
                      "hook",
                      "model",
                      "load",
                      DOOR,
                      "analysis",
                      "viz",
                      "train"))));

  /** What each library is for: the rooms that may use it. */
  private static final Map<String, Set<String>> LIBRARIES =
      Map.of(
          "org.bytedeco", Set.of("tensor"),
          "ai.djl", Set.of("text"),
          "com.fasterxml.jackson", Set.of("file", "text", "load", "train", "cli"),
          "picocli", Set.of("cli"),
          "me.tongfei.progressbar", Set.of("cli"),
          "java.net.http", Set.of("load"));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages(ROOT);

  private static final ArchRule ROOMS_KNOW_ONLY_WHAT_THEY_MAY =
      classes().should(knowOnlyTheirRooms());

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

  @Test
  void picturesKnowNoTensor() {
    noClasses()
        .that()
        .resideInAPackage("..viz..")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("dev.fresnel.tensor.Tensor")
        .check(CLASSES);
  }

  /** The API of tensors alone: kernels compute attention, and say so. */
  @Test
  void tensorsDoNotKnowWhatATransformerIs() {
    members()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage("..tensor..")
        .and()
        .areDeclaredInClassesThat()
        .resideOutsideOfPackage("..internal..")
        .should(haveNoNameWith("layer", "head", "token"))
        .check(CLASSES);
  }

  @Test
  void roomsHaveNoCycles() {
    slices().matching("dev.fresnel.(*)..").should().beFreeOfCycles().check(CLASSES);
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
    assertThat(packages()).hasSizeGreaterThanOrEqualTo(8);
  }

  private static Set<JavaPackage> packages() {
    return CLASSES.stream().map(JavaClass::getPackage).collect(Collectors.toSet());
  }

  @Test
  void namesAreNouns() {
    NAMES_ARE_NOUNS.check(CLASSES);
  }

  /** Breaks what no class may. */
  private static final class LoudHelper {
    static int calls;

    Tensor layer() {
      System.err.println(calls++);
      return Tensor.full(dev.fresnel.tensor.Shape.SCALAR, 0);
    }
  }

  @Test
  void theseRulesCanFail() {
    var bad = new ClassFileImporter().importClasses(LoudHelper.class);
    assertFails(ROOMS_KNOW_ONLY_WHAT_THEY_MAY, bad, "Fresnel may not know tensor");
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

  /**
   * {@code analysis} for {@code dev.fresnel.analysis.detect.Rule}; the door for the root package.
   */
  private static String room(JavaClass javaClass) {
    String name = javaClass.getPackageName();
    return name.equals(ROOT) ? DOOR : name.substring(ROOT.length() + 1).split("\\.")[0];
  }

  private static ArchCondition<JavaClass> standInTheModuleOfTheirRoom() {
    return condition(
        "stand in the module of their room",
        (javaClass, events) -> {
          Room room = ROOMS.get(room(javaClass));
          String from = javaClass.getSource().orElseThrow().getUri().toString();
          if (room == null) {
            events.add(violation(javaClass, javaClass.getName() + " is in no room: see ROOMS"));
          } else if (!from.contains("/" + room.module + "/")
              && !from.contains("/" + room.module + "-")) {
            events.add(
                violation(
                    javaClass,
                    javaClass.getName() + " belongs to " + room.module + ", is in " + from));
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
                && !ROOMS.get(from).mayKnow.contains(room(target))) {
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
