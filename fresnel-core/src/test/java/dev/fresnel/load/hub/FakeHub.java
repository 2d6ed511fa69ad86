package dev.fresnel.load.hub;

import dev.fresnel.load.hub.RawServer.Answer;
import dev.fresnel.load.hub.RawServer.Request;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ServerSocketFactory;

/**
 * Implements the hub's protocol, with the data of large files on a second host.
 * scripts/hub-and-python runs Python's {@code huggingface_hub} against it, to show that it behaves
 * like the real hub.
 */
public final class FakeHub implements AutoCloseable {
  private static final Pattern API =
      Pattern.compile("/api/models/(.+?)(?:/(revision|tree)/([^/]+))?");
  private static final Pattern RESOLVE = Pattern.compile("/(.+?)/resolve/([^/]+)/(.+)");
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

  /** The signature in addresses of the data host. */
  private static final String SIGNATURE = "signed";

  final RawServer endpoint;
  final RawServer data;
  private final Map<String, Repository> repositories = new TreeMap<>();
  private final Map<String, String> renamed = new TreeMap<>();
  private final Map<String, byte[]> objects = new LinkedHashMap<>();
  private volatile int perSecond = Integer.MAX_VALUE;

  /** A hub at an http address. */
  public FakeHub() {
    this(ServerSocketFactory.getDefault());
  }

  /** A hub at an https address, if the factory is one of TLS. */
  FakeHub(ServerSocketFactory sockets) {
    endpoint = new RawServer(this::answer, sockets);
    data = new RawServer(this::object, sockets);
  }

  /** A repository with its commits. */
  public final class Repository {
    private final String name;
    private final Map<String, String> revisions = new TreeMap<>();
    private final Map<String, Map<String, Entry>> commits = new TreeMap<>();
    private String gate = "";
    private String access = "";
    private String current;

    private Repository(String name) {
      this.name = name;
      current = newCommit();
      revisions.put("main", current);
    }

    private String newCommit() {
      String commit = hex("SHA-1", (name + commits.size()).getBytes(StandardCharsets.UTF_8));
      commits.put(commit, new TreeMap<>(current == null ? Map.of() : commits.get(current)));
      return commit;
    }

    /** A file that the hub sends itself. */
    public Repository small(String path, byte[] bytes) {
      commits.get(current).put(path, new Entry(bytes, false));
      return this;
    }

    public Repository small(String path, String text) {
      return small(path, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A file whose data is on the second host. */
    public Repository large(String path, byte[] bytes) {
      commits.get(current).put(path, new Entry(bytes, true));
      objects.put(hex("SHA-256", bytes), bytes);
      return this;
    }

    public Repository remove(String path) {
      commits.get(current).remove(path);
      return this;
    }

    /** Starts a new commit of a branch or tag; files added from now on belong to it. */
    public Repository commit(String revision) {
      current = newCommit();
      revisions.put(revision, current);
      return this;
    }

    /** Only this token may fetch files; the listing is open to all. */
    public Repository gated(String token) {
      gate = token;
      return this;
    }

    /** Only this token can see that the repository exists. */
    public Repository hidden(String token) {
      access = token;
      return this;
    }

    public String commit() {
      return current;
    }
  }

  private record Entry(byte[] bytes, boolean large) {
    String etag() {
      return large ? hex("SHA-256", bytes) : gitHash(bytes);
    }
  }

  public Repository repository(String name) {
    return repositories.computeIfAbsent(name, Repository::new);
  }

  /** A repository that was moved. */
  public void renamed(String from, String to) {
    renamed.put(from, to);
  }

  public String address() {
    return endpoint.address();
  }

  /** The requests to the endpoint, such as {@code GET /org/model/resolve/COMMIT/config.json}. */
  public List<String> asked() {
    return endpoint.requests().stream()
        .map(request -> request.method() + " " + request.path())
        .toList();
  }

  public void forget() {
    endpoint.forget();
    data.forget();
  }

  /** Sets the speed of the data host. */
  void perSecond(int bytes) {
    perSecond = bytes;
  }

  /** What git calls a file with this content; the hub's ETag of files that are not in LFS. */
  static String gitHash(byte[] bytes) {
    byte[] head = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.UTF_8);
    byte[] all = Arrays.copyOf(head, head.length + bytes.length);
    System.arraycopy(bytes, 0, all, head.length, bytes.length);
    return hex("SHA-1", all);
  }

  static String hex(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private Answer answer(Request request) {
    Matcher api = API.matcher(request.path());
    Matcher resolve = RESOLVE.matcher(request.path());
    boolean isApi = api.matches();
    if (!isApi && !resolve.matches()) {
      return Answer.of(404);
    }
    String name = isApi ? api.group(1) : resolve.group(1);
    if (renamed.containsKey(name)) {
      return Answer.of(307, "Location", request.target().replace(name, renamed.get(name)));
    }
    Repository repository = repositories.get(name);
    if (repository == null || !mayPass(request, repository.access)) {
      boolean known = !request.header("Authorization").isEmpty();
      return Answer.of(
          known ? 404 : 401,
          "X-Error-Code",
          "RepoNotFound",
          "X-Error-Message",
          "Repository not found");
    }
    String revision = isApi ? api.group(3) : resolve.group(2);
    String commit = commit(repository, revision == null ? "main" : decoded(revision));
    if (commit == null) {
      return Answer.of(
          404, "X-Error-Code", "RevisionNotFound", "X-Error-Message", "Invalid rev id");
    }
    if (isApi && "tree".equals(api.group(2))) {
      return tree(repository, commit);
    }
    return isApi
        ? listing(repository, commit)
        : file(request, repository, commit, decoded(resolve.group(3)));
  }

  private static String commit(Repository repository, String revision) {
    return repository.commits.containsKey(revision) ? revision : repository.revisions.get(revision);
  }

  private static boolean mayPass(Request request, String token) {
    return token.isEmpty() || request.header("Authorization").equals("Bearer " + token);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static Answer listing(Repository repository, String commit) {
    String siblings =
        repository.commits.get(commit).keySet().stream()
            .map(path -> "{\"rfilename\":\"" + path + "\"}")
            .collect(Collectors.joining(","));
    String json =
        "{\"_id\":\"0\",\"id\":\""
            + repository.name
            + "\",\"modelId\":\""
            + repository.name
            + "\",\"private\":false,\"gated\":"
            + (repository.gate.isEmpty() ? "false" : "\"manual\"")
            + ",\"tags\":[\"transformers\"],\"downloads\":1,\"sha\":\""
            + commit
            + "\",\"siblings\":["
            + siblings
            + "]}";
    return Answer.of(200, "Content-Type", "application/json")
        .body(json.getBytes(StandardCharsets.UTF_8));
  }

  /** The request that newer Python clients send instead of asking for a listing. */
  private static Answer tree(Repository repository, String commit) {
    String entries =
        repository.commits.get(commit).entrySet().stream()
            .map(
                entry -> {
                  String content = "\"size\":" + entry.getValue().bytes.length;
                  String oid = "\"oid\":\"" + entry.getValue().etag() + "\",";
                  String large = ",\"lfs\":{" + oid + content + ",\"pointerSize\":130}";
                  return "{\"type\":\"file\",\"path\":\""
                      + entry.getKey()
                      + "\","
                      + oid
                      + content
                      + (entry.getValue().large ? large : "")
                      + "}";
                })
            .collect(Collectors.joining(",", "[", "]"));
    return Answer.of(200, "Content-Type", "application/json")
        .body(entries.getBytes(StandardCharsets.UTF_8));
  }

  private Answer file(Request request, Repository repository, String commit, String path) {
    if (!mayPass(request, repository.gate)) {
      boolean known = !request.header("Authorization").isEmpty();
      return Answer.of(
          known ? 403 : 401,
          "X-Error-Code",
          "GatedRepo",
          "X-Error-Message",
          "Access to model is restricted");
    }
    Entry entry = repository.commits.get(commit).get(path);
    if (entry == null) {
      return Answer.of(
          404,
          "X-Error-Code",
          "EntryNotFound",
          "X-Error-Message",
          "Entry not found",
          "X-Repo-Commit",
          commit);
    }
    if (!entry.large) {
      return ranged(request, entry.bytes)
          .with("X-Repo-Commit", commit, "ETag", "W/\"" + entry.etag() + "\"");
    }
    return Answer.of(
            302,
            "Location",
            data.address() + "/objects/" + entry.etag() + "?" + SIGNATURE,
            "X-Repo-Commit",
            commit,
            "X-Linked-Etag",
            "\"" + entry.etag() + "\"",
            "X-Linked-Size",
            String.valueOf(entry.bytes.length),
            "ETag",
            "\"" + hex("SHA-1", entry.bytes) + "\"")
        .body("Found. Redirecting".getBytes(StandardCharsets.UTF_8));
  }

  /** The data host accepts signed addresses but no tokens, and has its own ETags. */
  private Answer object(Request request) {
    byte[] bytes = objects.get(request.path().replaceFirst("^/objects/", ""));
    if (!request.target().endsWith("?" + SIGNATURE) || !request.header("Authorization").isEmpty()) {
      return Answer.of(400);
    }
    return bytes == null
        ? Answer.of(404)
        : ranged(request, bytes).with("ETag", "\"of-the-data-host\"").at(perSecond);
  }

  private static Answer ranged(Request request, byte[] bytes) {
    Matcher range = RANGE.matcher(request.header("Range"));
    if (!range.matches()) {
      return Answer.of(200, "Accept-Ranges", "bytes").body(bytes);
    }
    int from = (int) Math.min(Integer.MAX_VALUE, Long.parseLong(range.group(1)));
    if (from >= bytes.length) {
      return Answer.of(416, "Content-Range", "bytes */" + bytes.length);
    }
    int to =
        range.group(2).isEmpty()
            ? bytes.length - 1
            : Math.min(bytes.length - 1, Integer.parseInt(range.group(2)));
    return Answer.of(206, "Content-Range", "bytes " + from + "-" + to + "/" + bytes.length)
        .body(Arrays.copyOfRange(bytes, from, to + 1));
  }

  @Override
  public void close() {
    endpoint.close();
    data.close();
  }
}
