using System.Buffers;
using System.Text;

namespace Tour.Support;

/// <summary>
/// UTF-8 that arrives in pieces. Without a framing a piece may end inside a character, and the next one brings the rest; in
/// a frame, a rest that is not there never comes. Neither is shown as half a character. A line is without what is left of its end where
/// somebody made CR CR LF of CR LF: no line can be sent that ends so.
/// </summary>
internal sealed class TextDecoder(Framing framing)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly ArrayBufferWriter<char> _text = new();

    /// <summary>Whether the rest of a character is to come.</summary>
    public bool IsInsideCharacter => framing == Framing.Raw && _decoder.GetCharCount([], flush: true) > 0;

    /// <summary>The text of a piece: only whole characters.</summary>
    public string Decode(in ReadOnlySequence<byte> piece)
    {
        if (framing != Framing.Raw)
        {
            _decoder.Reset();
        }

        _text.ResetWrittenCount();
        _decoder.Convert(piece, _text, flush: false, out _, out _);
        return (framing == Framing.Line ? _text.WrittenSpan.TrimEnd('\r') : _text.WrittenSpan).ToString();
    }
}
