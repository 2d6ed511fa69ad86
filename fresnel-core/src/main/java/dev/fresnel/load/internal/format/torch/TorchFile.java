package dev.fresnel.load.internal.format.torch;

import dev.fresnel.load.internal.format.DataFile;
import dev.fresnel.load.internal.format.StrictJson;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The two forms of PyTorch's files, taken apart.
 *
 * @param root what was saved
 * @param offsets where each storage begins in the file, by key
 */
record TorchFile(Object root, Map<String, Long> offsets) {
  private static final int LONGEST_PICKLE = 32 << 20;
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long PROTOCOL = 1001;

  static TorchFile of(DataFile file) {
    byte[] first = file.bytes(0, 4, "the beginning");
    if (first[0] == 'P' && first[1] == 'K') {
      return zipped(file);
    }
    if ((first[0] & 0xFF) == 0x80) {
      return legacy(file);
    }
    throw file.malformed(
        "is no PyTorch checkpoint: it begins neither as a zip nor as a pickle at offset 0");
  }

  /** A zip: NAME/data.pkl, and NAME/data/KEY for each storage. */
  private static TorchFile zipped(DataFile file) {
    var zip = ZipIndex.of(file);
    String folder = folder(file, zip);
    if (zip.has(folder + "constants.pkl")) {
      throw file.error(
          "is a TorchScript program, not weights; in Python, save model.state_dict() instead");
    }
    if (zip.has(folder + "byteorder")) {
      String order =
          new String(zip.bytes(folder + "byteorder", 16), StandardCharsets.US_ASCII).strip();
      if (!order.equals("little")) {
        throw file.malformed(
            "its byte order is '" + StrictJson.shown(order) + "', expected little");
      }
    }
    var globals = new PickleGlobals(file);
    byte[] pickle = zip.bytes(folder + "data.pkl", LONGEST_PICKLE);
    Object root =
        new Unpickler(file, pickle, zip.span(folder + "data.pkl").offset(), globals).next();
    var offsets = new HashMap<String, Long>();
    globals
        .storages()
        .values()
        .forEach(storage -> offsets.put(storage.key(), storageOffset(file, zip, folder, storage)));
    return new TorchFile(root, offsets);
  }

  private static String folder(DataFile file, ZipIndex zip) {
    String folder = null;
    for (String name : zip.names()) {
      if (name.endsWith("/data.pkl") && name.indexOf('/') == name.length() - "/data.pkl".length()) {
        if (folder != null) {
          throw file.malformed("the zip holds more than one data.pkl");
        }
        folder = name.substring(0, name.length() - "data.pkl".length());
      }
    }
    if (folder == null) {
      throw file.malformed("the zip holds no NAME/data.pkl: it is no PyTorch checkpoint");
    }
    return folder;
  }

  private static long storageOffset(
      DataFile file, ZipIndex zip, String folder, TorchStorage storage) {
    var span = zip.span(folder + "data/" + storage.key());
    long size = storage.type().bytes();
    if (storage.count() > file.length() / size || span.size() != storage.count() * size) {
      throw file.malformed(
          "storage "
              + StrictJson.shown(storage.key())
              + " should hold "
              + storage.count()
              + " numbers of "
              + size
              + " bytes, but has "
              + span.size()
              + " bytes");
    }
    return span.offset();
  }

  /**
   * The form before PyTorch 1.6: five pickles, then for each storage its length and its numbers.
   */
  private static TorchFile legacy(DataFile file) {
    byte[] head = file.bytes(0, (int) Math.min(file.length(), LONGEST_PICKLE), "the pickles");
    var globals = new PickleGlobals(file);
    var pickles = new Unpickler(file, head, 0, globals);
    if (!MAGIC.equals(pickles.next()) || !Long.valueOf(PROTOCOL).equals(pickles.next())) {
      throw file.error(
          "is a Python pickle, but no PyTorch checkpoint; in Python, save with torch.save");
    }
    if (!(pickles.next() instanceof PickleDict system)
        || !Boolean.TRUE.equals(system.get("little_endian"))) {
      throw file.malformed("was not written in little-endian byte order");
    }
    Object root = pickles.next();
    if (!(pickles.next() instanceof List<?> keys)) {
      throw file.malformed("lacks its list of storages");
    }
    var offsets = new HashMap<String, Long>();
    long position = pickles.position();
    for (Object key : keys) {
      var storage = key instanceof String name ? globals.storages().get(name) : null;
      if (storage == null) {
        throw file.malformed("lists a storage that no tensor uses");
      }
      long count =
          ByteBuffer.wrap(file.bytes(position, 8, "a length"))
              .order(ByteOrder.LITTLE_ENDIAN)
              .getLong();
      if (count != storage.count()) {
        throw file.malformed(
            "storage "
                + StrictJson.shown(storage.key())
                + " has "
                + count
                + " numbers at offset "
                + position
                + ", expected "
                + storage.count());
      }
      file.requireInside(
          position + 8, Math.min(count, Long.MAX_VALUE / 8) * storage.type().bytes(), "a storage");
      if (offsets.put(storage.key(), position + 8) != null) {
        throw file.malformed("lists storage " + StrictJson.shown(storage.key()) + " twice");
      }
      position += 8 + count * storage.type().bytes();
    }
    return new TorchFile(root, offsets);
  }
}
