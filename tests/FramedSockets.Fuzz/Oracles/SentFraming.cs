using FramedSockets.Fuzz.Naive;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>A codec, and what the specification says that it sends.</summary>
/// <param name="Codec">The codec.</param>
/// <param name="Head">The head for a body of so many bytes; <see langword="null"/> where it cannot say that.</param>
/// <param name="Trailer">What follows a body.</param>
/// <param name="Check">Whether a body can be framed, where that depends on its bytes; such a body is never streamed.</param>
internal sealed record SentFraming(
    IHeaderCodec<NoHeader> Codec, Func<long, byte[]?> Head, byte[] Trailer, Func<byte[], bool>? Check = null)
{
    /// <summary>The longest body that may be sent: one that ends by its content has to be held by its receiver.</summary>
    public long Most(NaiveLimits limits) => Check is null ? limits.MaxBody : limits.MostHeld;

    /// <summary>The frame, or <see langword="null"/> where this framing cannot say it.</summary>
    public byte[]? Frame(byte[] body) => Check?.Invoke(body) != false && Head(body.Length) is { } head ? [.. head, .. body, .. Trailer] : null;

    /// <summary>The beginning of a frame whose body is streamed, as far as its source goes, or <see langword="null"/> where this framing cannot say it.</summary>
    public byte[]? Stream(byte[] source, long length)
    {
        if (Check is not null || Head(length) is not { } head)
        {
            return null;
        }

        return source.Length < length ? [.. head, .. source] : [.. head, .. source[..(int)length], .. Trailer];
    }
}
