package dev.fresnel.load.internal.format.gguf;

import dev.fresnel.load.internal.format.DataFile;
import dev.fresnel.load.internal.format.FileShape;
import dev.fresnel.load.internal.format.StrictJson;
import dev.fresnel.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The head of a GGUF file, every claim of it checked: metadata, then for each tensor its name,
 * sizes, type and place.
 */
record GgufHeader(int version, GgufMetadata metadata, Map<String, Entry> tensors) {
  private static final long MAGIC = 0x46554747; // "GGUF"
  private static final int MOST = 200_000;
  private static final String ALIGNMENT = "general.alignment";

  /**
   * @param offset where the numbers begin, counted from the file's beginning
   */
  record Entry(GgufType type, Shape shape, long offset, long bytes) {
    long end() {
      return offset + bytes;
    }
  }

  /** A tensor before it is known where the numbers begin. */
  private record Claim(String name, GgufType type, Shape shape, long relative, long bytes) {}

  static GgufHeader of(DataFile file) {
    var cursor = new GgufCursor(file);
    if (cursor.unsigned(4) != MAGIC) {
      throw file.error("does not begin with 'GGUF' at offset 0; this is no GGUF file");
    }
    int version = version(file, cursor.unsigned(4));
    int tensorCount = cursor.count(MOST, 24, "tensors");
    int valueCount = cursor.count(MOST, 13, "metadata values");
    var metadata = metadata(file, cursor, valueCount);
    var claims = new ArrayList<Claim>();
    for (int i = 0; i < tensorCount; i++) {
      claims.add(claim(file, cursor));
    }
    long alignment = alignment(file, metadata);
    long start = (cursor.position() + alignment - 1) / alignment * alignment;
    return new GgufHeader(version, metadata, placed(file, claims, start, alignment));
  }

  private static int version(DataFile file, long version) {
    if (version == 2 || version == 3) {
      return (int) version;
    }
    boolean bigEndian = version != 0 && (version & 0xFFFF) == 0;
    throw file.error(
        bigEndian
            ? "is a big-endian GGUF file; convert it to a little-endian one"
            : "has the GGUF version "
                + version
                + ", expected 2 or 3; convert it with a current tool");
  }

  private static GgufMetadata metadata(DataFile file, GgufCursor cursor, int count) {
    var values = new LinkedHashMap<String, Object>();
    var reader = new GgufValues(file, cursor);
    for (int i = 0; i < count; i++) {
      cursor.spend(64);
      String key = cursor.string();
      if (values.put(key, reader.value(key)) != null) {
        throw file.malformed("the metadata " + StrictJson.shown(key) + " stands twice");
      }
    }
    return new GgufMetadata(file.path().toString(), values);
  }

  private static long alignment(DataFile file, GgufMetadata metadata) {
    long alignment = metadata.has(ALIGNMENT) ? metadata.integer(ALIGNMENT) : 32;
    if (Long.bitCount(alignment) != 1 || alignment < 1 || alignment > 1 << 20) {
      throw file.malformed(
          ALIGNMENT + " is " + alignment + ", expected a power of two up to " + (1 << 20));
    }
    return alignment;
  }

  private static Claim claim(DataFile file, GgufCursor cursor) {
    String name = cursor.string();
    String at = "tensor " + StrictJson.shown(name);
    long axes = cursor.unsigned(4);
    if (axes > 4) {
      throw file.malformed(
          at
              + " has "
              + axes
              + " axes, expected at most 4 (at offset "
              + (cursor.position() - 4)
              + ")");
    }
    List<Long> sizes = new ArrayList<>();
    for (int i = 0; i < axes; i++) {
      sizes.add(cursor.signed(8));
    }
    Collections.reverse(sizes); // the file has the innermost first
    var shape = FileShape.of(sizes, problem -> file.malformed(at + " " + problem));
    int id = (int) cursor.unsigned(4);
    var type =
        GgufType.of(id)
            .orElseThrow(
                () ->
                    file.error(
                        at
                            + " is stored as type "
                            + UnreadGgufTypes.name(id)
                            + "; can be read: "
                            + List.of(GgufType.values())
                            + "; quantize the model to one of these"));
    long row = sizes.isEmpty() ? 1 : sizes.get(sizes.size() - 1);
    if (row % type.blockSize() != 0) {
      throw file.malformed(
          at
              + " has rows of "
              + row
              + " numbers, expected a multiple of "
              + type
              + "'s "
              + type.blockSize());
    }
    long relative = cursor.signed(8);
    cursor.spend(256);
    return new Claim(name, type, shape, relative, bytes(file, at, shape, type));
  }

  private static long bytes(DataFile file, String at, Shape shape, GgufType type) {
    long blocks = shape.count() / type.blockSize();
    if (blocks > file.length() / type.blockBytes()) {
      throw file.malformed(
          at + " " + type + " " + shape + " needs more bytes than the file's " + file.length());
    }
    return blocks * type.blockBytes();
  }

  private static Map<String, Entry> placed(
      DataFile file, List<Claim> claims, long start, long alignment) {
    var tensors = new LinkedHashMap<String, Entry>();
    for (var claim : claims) {
      String at = "tensor " + StrictJson.shown(claim.name);
      if (claim.relative < 0 || claim.relative > file.length() || claim.relative % alignment != 0) {
        throw file.malformed(
            at
                + " begins at "
                + claim.relative
                + " behind the head, expected a multiple of "
                + alignment
                + " within the file");
      }
      file.requireInside(start + claim.relative, claim.bytes, at);
      var entry = new Entry(claim.type, claim.shape, start + claim.relative, claim.bytes);
      if (tensors.put(claim.name, entry) != null) {
        throw file.malformed(at + " stands twice");
      }
    }
    requireApart(file, tensors);
    return tensors;
  }

  private static void requireApart(DataFile file, Map<String, Entry> tensors) {
    var byOffset = new ArrayList<>(tensors.entrySet());
    byOffset.removeIf(tensor -> tensor.getValue().bytes == 0);
    byOffset.sort(Comparator.comparingLong(tensor -> tensor.getValue().offset));
    for (int i = 1; i < byOffset.size(); i++) {
      var before = byOffset.get(i - 1);
      var after = byOffset.get(i);
      if (after.getValue().offset < before.getValue().end()) {
        throw file.malformed(
            "tensor "
                + StrictJson.shown(after.getKey())
                + " begins at offset "
                + after.getValue().offset
                + ", within tensor "
                + StrictJson.shown(before.getKey()));
      }
    }
  }
}
