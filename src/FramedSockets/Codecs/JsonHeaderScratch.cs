using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FramedSockets.Codecs;

/// <summary>Where the serializer writes a header before it is looked at. Not thread-safe.</summary>
#pragma warning disable CA1001 // the writer has nothing to give back but the buffer here
internal sealed class JsonHeaderScratch
#pragma warning restore CA1001
{
    private const int MostKept = 64 * 1024;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _writer;

    public JsonHeaderScratch(JavaScriptEncoder? encoder) =>
        _writer = new(_buffer, new JsonWriterOptions { Encoder = encoder, SkipValidation = true });

    public bool IsWorthKeeping => _buffer.Capacity <= MostKept;

    /// <exception cref="FramedSocketException">The serializer failed.</exception>
    public ReadOnlySpan<byte> Serialize<THeader>(in THeader header, JsonTypeInfo<THeader> type)
    {
        _buffer.ResetWrittenCount();
        _writer.Reset();
        try
        {
            JsonSerializer.Serialize(_writer, header, type);
            _writer.Flush();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new FramedSocketException(
                FramedSocketError.MalformedHeader, $"The header could not be written: the serializer failed with {e.GetType().Name}.", e);
        }

        return _buffer.WrittenSpan;
    }
}
