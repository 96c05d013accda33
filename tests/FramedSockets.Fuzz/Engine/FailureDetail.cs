using System.Runtime.CompilerServices;
using System.Text;

namespace FramedSockets.Fuzz.Engine;

/// <summary>The text of a failure, which costs nothing where there is none.</summary>
[InterpolatedStringHandler]
internal readonly ref struct FailureDetail
{
    private readonly StringBuilder? _text;

    public FailureDetail(int literalLength, int formattedCount, bool condition, out bool isWanted)
    {
        isWanted = !condition;
        _text = isWanted ? new(literalLength + (16 * formattedCount)) : null;
    }

    public void AppendLiteral(string literal) => _text!.Append(literal);

    public void AppendFormatted<T>(T value) => _text!.Append(value);

    public override string ToString() => _text?.ToString() ?? "";
}
