namespace FramedSockets.Fuzz.Oracles;

/// <summary>Decisions from the bytes of a script; after its end, every decision is the first.</summary>
internal sealed class ScriptedChoices(byte[] script)
{
    private int _next;

    public bool IsOver => _next >= script.Length;

    public int Below(int end) => IsOver ? 0 : script[_next++] % end;
}
