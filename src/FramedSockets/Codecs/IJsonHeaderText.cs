using System.Buffers;

namespace FramedSockets.Codecs;

/// <summary>The JSON text of a header, and what is made of it.</summary>
internal interface IJsonHeaderText<THeader>
{
    /// <summary>Reads a header.</summary>
    /// <param name="json">The text, whole.</param>
    /// <param name="header">The header.</param>
    /// <param name="bodyLength">The body's length, where a member says it.</param>
    /// <returns>A refusal, or the default value.</returns>
    HeaderDecodeResult Decode(ReadOnlySpan<byte> json, out THeader header, out long bodyLength);

    /// <summary>Writes a header behind some bytes that are left free.</summary>
    /// <param name="header">The header; what its length member says does not matter.</param>
    /// <param name="context">The limits, and the length to write.</param>
    /// <param name="free">The bytes to leave free.</param>
    /// <param name="output">Where it goes; not advanced.</param>
    /// <param name="target">The free bytes, and the text behind them.</param>
    /// <returns>The text's bytes.</returns>
    /// <exception cref="FramedSocketException">The header cannot be said.</exception>
    int Encode(in THeader header, in HeaderEncodeContext context, int free, IBufferWriter<byte> output, out Span<byte> target);
}
