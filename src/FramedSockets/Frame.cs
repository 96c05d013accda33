using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets;

/// <summary>
/// A header and a body as they arrived. The body lends the receive buffer, without a copy: it is valid until the frame's
/// handler returns, or until the next read of the connection. Using it later throws; <see cref="ToOwned"/> keeps it.
/// </summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <remarks>Not thread-safe. The header is a value of its own and stays valid.</remarks>
public readonly struct Frame<THeader>
{
    private readonly FrameLease? _lease;
    private readonly long _version;

    internal Frame(in THeader header, FrameLease lease, long version)
    {
        Header = header;
        _lease = lease;
        _version = version;
    }

    /// <summary>The header.</summary>
    public THeader Header { get; }

    /// <summary>The body's bytes, or <see cref="HeaderDecodeResult.UntilEnd"/> where it lasts until the stream ends.</summary>
    /// <exception cref="InvalidOperationException">The frame is no longer valid.</exception>
    public long BodyLength => Lease.GetLength(_version);

    /// <summary>
    /// Whether the body is longer than <see cref="FrameLimits.MaxBufferedBodyLength"/>, or lasts until the stream ends, so that only
    /// <see cref="BodyReader"/> gives it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The frame is no longer valid.</exception>
    public bool IsStreamed => Lease.IsStreamed(_version);

    /// <summary>
    /// Whether the body is longer than <see cref="FrameLimits.MaxBodyLength"/> and is skipped; only with
    /// <see cref="OversizePolicy.Skip"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The frame is no longer valid.</exception>
    public bool IsOversized => Lease.IsOversized(_version);

    /// <summary>The body, whole, in the receive buffer.</summary>
    /// <exception cref="InvalidOperationException">The frame is no longer valid, or its body is streamed.</exception>
    /// <exception cref="FramedSocketException">The body is skipped: <see cref="FramedSocketError.BodyTooLong"/>.</exception>
    public ReadOnlySequence<byte> Body => Lease.GetBody(_version);

    /// <summary>
    /// Reads the body, whatever its length, as it arrives; the reader completes where the body ends. What is left unread is
    /// skipped before the next frame.
    /// </summary>
    /// <exception cref="InvalidOperationException">The frame is no longer valid.</exception>
    /// <exception cref="FramedSocketException">The body is skipped: <see cref="FramedSocketError.BodyTooLong"/>.</exception>
    /// <remarks>A stream that ends inside the body throws <see cref="FramedSocketException"/> with <see cref="FramedSocketError.TruncatedFrame"/>.</remarks>
    public PipeReader BodyReader => Lease.GetReader(_version);

    private FrameLease Lease => _lease ?? throw new InvalidOperationException("This frame is empty: it did not come from a read.");

    /// <summary>Copies the frame into pooled memory of its own, to be kept and then disposed.</summary>
    /// <returns>The copy.</returns>
    /// <exception cref="InvalidOperationException">The frame is no longer valid, or its body is streamed.</exception>
    /// <exception cref="FramedSocketException">The body is skipped: <see cref="FramedSocketError.BodyTooLong"/>.</exception>
    public OwnedFrame<THeader> ToOwned() => new(Header, Body, Lease.Pool);
}
