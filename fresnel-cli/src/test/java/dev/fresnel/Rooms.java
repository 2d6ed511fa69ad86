package dev.fresnel;

import com.tngtech.archunit.core.domain.JavaClass;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The tables of docs/ARCHITECTURE.md: which package may use which, and which library. */
final class Rooms {
  static final String ROOT = "dev.fresnel";

  /** The root package, which holds nothing but the door. */
  private static final String DOOR = "Fresnel";

  /** A package that stands for all below it that have no entry of their own. */
  record Room(String module, Set<String> mayKnow) {}

  private static final Set<String> TENSORS = Set.of("tensor", "tensor.grad");
  private static final Set<String> MODELS = Set.of("model", "model.config");

  static final Map<String, Room> ROOMS =
      Map.ofEntries(
          core("error"),
          core("file", "error"),
          core("tensor.internal.kernel", "error", "file"),
          core("tensor", "error", "tensor.internal.kernel"),
          core("tensor.internal", "error", "tensor", "tensor.internal.kernel"),
          core("tensor.grad", "error", "tensor", "tensor.internal", "tensor.internal.kernel"),
          core("text", "error", "file"),
          core("hook", "error", "tensor"),
          core("model.config", "error", "tensor"),
          core("model", TENSORS, "error", "tensor.internal", "text", "hook", "model.config"),
          core("generate", MODELS, "error", "tensor", "text", "hook"),
          core("load.hub", "error", "file"),
          core("load.internal.format", "error", "file", "tensor"),
          core(
              "load.internal.weights",
              MODELS,
              "error",
              "tensor",
              "tensor.internal",
              "hook",
              "load.internal.format"),
          core(
              "load.internal.family",
              MODELS,
              "error",
              "file",
              "tensor",
              "text",
              "hook",
              "load.internal.format",
              "load.internal.weights"),
          core(
              "load",
              MODELS,
              "error",
              "file",
              "tensor",
              "text",
              "hook",
              "load.hub",
              "load.internal.family",
              "load.internal.format",
              "load.internal.weights"),
          core(DOOR, MODELS, "load"),
          room(
              "fresnel-analysis",
              "analysis",
              MODELS,
              "error",
              "tensor",
              "tensor.grad",
              "text",
              "hook"),
          room(
              "fresnel-analysis",
              "analysis.patch",
              MODELS,
              "error",
              "file",
              "tensor",
              "text",
              "hook",
              "analysis"),
          room(
              "fresnel-analysis",
              "analysis.circuit",
              MODELS,
              "error",
              "tensor",
              "text",
              "hook",
              "analysis"),
          room(
              "fresnel-viz",
              "viz",
              Set.of(),
              "error",
              "file",
              "tensor",
              "text",
              "model",
              "analysis",
              "analysis.circuit",
              "analysis.patch"),
          room(
              "fresnel-train",
              "train",
              MODELS,
              "error",
              "file",
              "tensor",
              "tensor.grad",
              "text",
              "hook",
              "load",
              "load.hub",
              "analysis"),
          room(
              "fresnel-workshop",
              "workshop",
              MODELS,
              "error",
              "file",
              "tensor",
              "text",
              "hook",
              "analysis"),
          room(
              "fresnel-cli",
              "cli",
              MODELS,
              "error",
              "file",
              "tensor",
              "text",
              "hook",
              "generate",
              "load",
              "load.hub",
              DOOR,
              "analysis",
              "analysis.circuit",
              "analysis.patch",
              "viz",
              "train",
              "workshop"));

  private static Map.Entry<String, Room> core(String room, String... mayKnow) {
    return core(room, Set.of(), mayKnow);
  }

  private static Map.Entry<String, Room> core(String room, Set<String> more, String... mayKnow) {
    return room("fresnel-core", room, more, mayKnow);
  }

  private static Map.Entry<String, Room> room(
      String module, String room, Set<String> more, String... mayKnow) {
    var all = new TreeSet<>(more);
    all.addAll(Set.of(mayKnow));
    return Map.entry(room, new Room(module, all));
  }

  /** What each library is for: the rooms that may use it. */
  static final Map<String, Set<String>> LIBRARIES =
      Map.of(
          "org.bytedeco",
              Set.of("tensor", "tensor.grad", "tensor.internal", "tensor.internal.kernel"),
          "ai.djl", Set.of("text"),
          "com.fasterxml.jackson",
              Set.of(
                  "file",
                  "text",
                  "load",
                  "load.internal.format",
                  "load.internal.family",
                  "load.hub",
                  "analysis.patch",
                  "train",
                  "workshop",
                  "cli"),
          "picocli", Set.of("cli"),
          "me.tongfei.progressbar", Set.of("cli"),
          "java.net.http", Set.of("load.hub"));

  private Rooms() {}

  /**
   * The longest entry of {@link #ROOMS} that the class's package begins with: {@code analysis} for
   * {@code dev.fresnel.analysis.detect.Rule}; the door for the root package.
   */
  static String room(JavaClass javaClass) {
    String name = javaClass.getPackageName();
    if (name.equals(ROOT)) {
      return DOOR;
    }
    String room = name.substring(ROOT.length() + 1);
    while (!ROOMS.containsKey(room) && room.contains(".")) {
      room = room.substring(0, room.lastIndexOf('.'));
    }
    return room;
  }
}
