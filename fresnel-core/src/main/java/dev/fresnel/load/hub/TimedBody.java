package dev.fresnel.load.hub;

import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A response's body, piece by piece, with a time limit for each piece. */
final class TimedBody implements BodySubscriber<TimedBody>, AutoCloseable {
  /** Marks the end. It is compared by identity, so it must be a list of its own. */
  private static final List<ByteBuffer> END = Collections.unmodifiableList(new ArrayList<>());

  private final Duration timeout;
  private final BlockingQueue<List<ByteBuffer>> arrived = new LinkedBlockingQueue<>();
  private volatile @Nullable Throwable failure;
  private @Nullable Subscription subscription;
  private boolean closed;

  TimedBody(Duration timeout) {
    this.timeout = timeout;
  }

  @Override
  public CompletionStage<TimedBody> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public synchronized void onSubscribe(Subscription given) {
    if (closed || subscription != null) {
      given.cancel();
      return;
    }
    subscription = given;
    given.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> piece) {
    arrived.add(piece);
  }

  @Override
  public void onError(Throwable e) {
    failure = e;
    arrived.add(END);
  }

  @Override
  public void onComplete() {
    arrived.add(END);
  }

  /** The next bytes; an empty list at the end. */
  List<ByteBuffer> next() throws IOException {
    try {
      while (true) {
        List<ByteBuffer> piece = arrived.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
        if (piece == null) {
          throw new HttpTimeoutException("nothing arrived for " + timeout.toSeconds() + " s");
        }
        Throwable problem = failure;
        if (piece == END && problem != null) {
          throw problem instanceof IOException io
              ? io
              : new IOException(problem.toString(), problem);
        }
        if (piece == END) {
          arrived.add(END);
          return END;
        }
        more();
        if (!piece.isEmpty()) {
          return piece;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /**
   * All bytes of a small body.
   *
   * <p>most the most bytes time the longest time in which it must arrive what the body, in words
   * for error messages HubException if it is too large or too slow; another try would not help
   */
  byte[] all(int most, Duration time, String what) throws IOException {
    long begun = System.nanoTime();
    var bytes = new java.io.ByteArrayOutputStream();
    for (List<ByteBuffer> piece = next(); !piece.isEmpty(); piece = next()) {
      for (ByteBuffer buffer : piece) {
        if (buffer.remaining() > most - bytes.size()) {
          throw new HubException(
              Reason.REFUSED, what + " has more than the " + most + " bytes that are read");
        }
        byte[] part = new byte[buffer.remaining()];
        buffer.get(part);
        bytes.writeBytes(part);
      }
      if (System.nanoTime() - begun > time.toNanos()) {
        throw new HubException(
            Reason.UNREACHABLE,
            what
                + " is not whole after "
                + time.toSeconds()
                + " s, in which "
                + bytes.size()
                + " bytes arrived. Try again later, or with a larger HF_HUB_ETAG_TIMEOUT");
      }
    }
    return bytes.toByteArray();
  }

  private synchronized void more() {
    if (subscription != null) {
      subscription.request(1);
    }
  }

  /** Cancels the rest. The connection is dropped unless everything was read. */
  @Override
  public synchronized void close() {
    closed = true;
    if (subscription != null) {
      subscription.cancel();
    }
  }
}
