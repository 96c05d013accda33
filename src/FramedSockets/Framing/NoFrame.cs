namespace FramedSockets.Framing;

/// <summary>The exception for a frame that is asked for after the last; its text tells it from what others say of streams of their own.</summary>
internal static class NoFrame
{
    private const string Text = "The stream ended before another frame began.";

    public static EndOfStreamException Create() => new(Text);

    public static bool Is(Exception? exception) => exception is EndOfStreamException { Message: Text };
}
