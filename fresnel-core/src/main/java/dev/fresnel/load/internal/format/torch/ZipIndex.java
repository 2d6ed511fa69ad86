package dev.fresnel.load.internal.format.torch;

import dev.fresnel.load.internal.format.DataFile;
import dev.fresnel.load.internal.format.StrictJson;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the entries of a zip file are. Only stored entries are let in, so that nothing is ever
 * inflated: PyTorch compresses none. Sizes come from the central directory, checked against the
 * file.
 */
final class ZipIndex {
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int LOCATOR_64 = 0x07064b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int LOCAL = 0x04034b50;
  private static final int END_BYTES = 22;
  private static final int CENTRAL_BYTES = 46;
  private static final int LOCAL_BYTES = 30;
  private static final int LARGEST_DIRECTORY = 32 << 20;
  private static final int MOST_ENTRIES = 200_000;
  private static final long IN_EXTRA = 0xFFFF_FFFFL;

  private final DataFile file;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private record Entry(long header, long size) {}

  /** The bytes of an entry. */
  record Span(long offset, long size) {}

  private ZipIndex(DataFile file) {
    this.file = file;
  }

  static ZipIndex of(DataFile file) {
    var index = new ZipIndex(file);
    index.read();
    return index;
  }

  Iterable<String> names() {
    return entries.keySet();
  }

  boolean has(String name) {
    return entries.containsKey(name);
  }

  /** Where an entry's bytes are, after a look at the header that stands before them. */
  Span span(String name) {
    var entry = entries.get(name);
    if (entry == null) {
      throw file.error(
          "the zip has no entry " + StrictJson.shown(name) + "; the file is incomplete");
    }
    var local = buffer(entry.header, LOCAL_BYTES, "an entry's header");
    int nameLength = local.getShort(26) & 0xFFFF;
    if (local.getInt(0) != LOCAL || !nameAt(entry.header + LOCAL_BYTES, nameLength).equals(name)) {
      throw file.error(
          "the zip's directory says that "
              + StrictJson.shown(name)
              + " is at offset "
              + entry.header
              + ", but it is not; the file is damaged");
    }
    long offset = entry.header + LOCAL_BYTES + nameLength + (local.getShort(28) & 0xFFFF);
    file.requireInside(offset, entry.size, "entry " + StrictJson.shown(name));
    return new Span(offset, entry.size);
  }

  byte[] bytes(String name, int most) {
    var span = span(name);
    if (span.size > most) {
      throw file.malformed(
          "entry "
              + StrictJson.shown(name)
              + " has "
              + span.size
              + " bytes, expected at most "
              + most);
    }
    return file.bytes(span.offset, (int) span.size, name);
  }

  private void read() {
    long end = end();
    var record = buffer(end, END_BYTES, "the zip's end");
    long count = record.getShort(10) & 0xFFFF;
    long size = record.getInt(12) & 0xFFFF_FFFFL;
    long offset = record.getInt(16) & 0xFFFF_FFFFL;
    if (record.getShort(4) != 0 || record.getShort(6) != 0) {
      throw file.malformed("is one part of a zip over several disks");
    }
    if (end >= 20 && buffer(end - 20, 20, "the zip's end").getInt(0) == LOCATOR_64) {
      end = buffer(end - 20, 20, "the zip's end").getLong(8);
      var wide = buffer(end, 56, "the zip's end");
      if (wide.getInt(0) != END_64) {
        throw file.malformed("the zip's end is damaged at offset " + end);
      }
      count = wide.getLong(32);
      size = wide.getLong(40);
      offset = wide.getLong(48);
    }
    if (count < 0
        || count > MOST_ENTRIES
        || size < 0
        || size > LARGEST_DIRECTORY
        || offset < 0
        || offset > end
        || size > end - offset
        || count > size / CENTRAL_BYTES) {
      throw file.malformed(
          "the zip claims "
              + Long.toUnsignedString(count)
              + " entries in a directory of "
              + Long.toUnsignedString(size)
              + " bytes at offset "
              + Long.toUnsignedString(offset)
              + ", which cannot be");
    }
    readDirectory(buffer(offset, (int) size, "the zip's directory"), (int) count);
  }

  /** The zip's end is its last record: only a comment may follow it. */
  private long end() {
    int most = (int) Math.min(file.length(), END_BYTES + 0xFFFF);
    var tail = buffer(file.length() - most, most, "the zip's end");
    for (int at = most - END_BYTES; at >= 0; at--) {
      if (tail.getInt(at) == END && at + END_BYTES + (tail.getShort(at + 20) & 0xFFFF) == most) {
        return file.length() - most + at;
      }
    }
    throw file.error("the zip has no end: the file is cut short; fetch it again");
  }

  private void readDirectory(ByteBuffer directory, int count) {
    for (int i = 0; i < count; i++) {
      if (directory.remaining() < CENTRAL_BYTES
          || directory.getInt(directory.position()) != CENTRAL) {
        throw file.malformed("the zip's directory is damaged at its entry " + i);
      }
      int at = directory.position();
      int nameLength = directory.getShort(at + 28) & 0xFFFF;
      int extraLength = directory.getShort(at + 30) & 0xFFFF;
      int length =
          CENTRAL_BYTES + nameLength + extraLength + (directory.getShort(at + 32) & 0xFFFF);
      if (length > directory.remaining()) {
        throw file.malformed("the zip's directory is damaged at its entry " + i);
      }
      var nameBytes = new byte[nameLength];
      directory.get(at + CENTRAL_BYTES, nameBytes);
      String name = checked(new String(nameBytes, StandardCharsets.UTF_8));
      var extra =
          directory
              .slice(at + CENTRAL_BYTES + nameLength, extraLength)
              .order(ByteOrder.LITTLE_ENDIAN);
      if (entries.put(name, entry(name, directory, at, extra)) != null) {
        throw file.malformed("the zip has two entries " + StrictJson.shown(name));
      }
      directory.position(at + length);
    }
  }

  private Entry entry(String name, ByteBuffer directory, int at, ByteBuffer extra) {
    if ((directory.getShort(at + 8) & 0x2041) != 0) {
      throw file.malformed("the zip's entry " + StrictJson.shown(name) + " is encrypted");
    }
    long stored = directory.getInt(at + 20) & 0xFFFF_FFFFL;
    long size = directory.getInt(at + 24) & 0xFFFF_FFFFL;
    long header = directory.getInt(at + 42) & 0xFFFF_FFFFL;
    var wide = wide(extra);
    size = size == IN_EXTRA ? next(wide, name) : size;
    stored = stored == IN_EXTRA ? next(wide, name) : stored;
    header = header == IN_EXTRA ? next(wide, name) : header;
    if (directory.getShort(at + 10) != 0 || size != stored) {
      throw file.error(
          "the zip's entry "
              + StrictJson.shown(name)
              + " is compressed, which PyTorch never does; save the"
              + " checkpoint again with torch.save");
    }
    file.requireInside(header, size, "entry " + StrictJson.shown(name));
    return new Entry(header, size);
  }

  /** The extra field that holds what does not fit 32 bits; empty where there is none. */
  private static ByteBuffer wide(ByteBuffer extra) {
    while (extra.remaining() >= 4) {
      int kind = extra.getShort();
      int length = Math.min(extra.getShort() & 0xFFFF, extra.remaining());
      if (kind == 1) {
        return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      }
      extra.position(extra.position() + length);
    }
    return extra.slice(extra.limit(), 0);
  }

  private long next(ByteBuffer wide, String name) {
    if (wide.remaining() < 8) {
      throw file.malformed("the zip's entry " + StrictJson.shown(name) + " lacks its size");
    }
    return wide.getLong();
  }

  private String checked(String name) {
    boolean outside = name.startsWith("/") || ("/" + name + "/").contains("/../");
    if (name.isEmpty()
        || outside
        || name.indexOf('\\') >= 0
        || name.indexOf('\0') >= 0
        || name.matches("[A-Za-z]:.*")) {
      throw file.error(
          "the zip's entry '"
              + StrictJson.shown(name)
              + "' is no plain path below the zip; this is no checkpoint");
    }
    return name;
  }

  private String nameAt(long offset, int length) {
    return new String(file.bytes(offset, length, "an entry's name"), StandardCharsets.UTF_8);
  }

  private ByteBuffer buffer(long offset, int count, String what) {
    return ByteBuffer.wrap(file.bytes(offset, count, what)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
