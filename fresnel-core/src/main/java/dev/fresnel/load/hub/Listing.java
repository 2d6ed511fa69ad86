package dev.fresnel.load.hub;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The commit of a revision, and its files. */
record Listing(String commit, Set<String> files) {
  private static final int MOST_FILES = 200_000;
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(200).build())
          .build();

  static Listing parse(HubId id, byte[] answer) {
    String commit = null;
    Set<String> files = new LinkedHashSet<>();
    try (JsonParser json = JSON.createParser(answer)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw notAListing(id, null);
      }
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String field = json.currentName();
        JsonToken value = json.nextToken();
        if ("sha".equals(field) && value == JsonToken.VALUE_STRING) {
          commit = json.getText();
        } else if ("siblings".equals(field) && value == JsonToken.START_ARRAY) {
          siblings(id, json, files);
        } else {
          json.skipChildren();
        }
      }
    } catch (IOException e) {
      throw notAListing(id, e);
    }
    if (commit == null || !Names.isCommit(commit)) {
      throw notAListing(id, null);
    }
    return new Listing(commit, files);
  }

  private static void siblings(HubId id, JsonParser json, Set<String> files) throws IOException {
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.START_OBJECT) {
        throw notAListing(id, null);
      }
      if (files.size() >= MOST_FILES) {
        throw new HubException(
            Reason.REFUSED, id + " has more than the " + MOST_FILES + " files that are read");
      }
      while (json.nextToken() != JsonToken.END_OBJECT) {
        boolean name = "rfilename".equals(json.currentName());
        if (json.nextToken() == JsonToken.VALUE_STRING && name && Names.isFile(json.getText())) {
          files.add(json.getText());
        } else {
          json.skipChildren();
        }
      }
    }
  }

  private static HubException notAListing(HubId id, @Nullable IOException cause) {
    String message =
        id
            + ": the answer is no listing of a repository (JSON with sha and siblings was expected)."
            + " Check HF_ENDPOINT, and in a browser whether the network wants you to log in first";
    return cause == null
        ? new HubException(Reason.REFUSED, message)
        : new HubException(Reason.REFUSED, message, cause);
  }
}
