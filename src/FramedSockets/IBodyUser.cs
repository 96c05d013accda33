namespace FramedSockets;

/// <summary>An output that may still read a body after the call that gave it.</summary>
internal interface IBodyUser
{
    /// <summary>Ends the output at once: the body is no longer there.</summary>
    void Fail(FramedSocketException failure);
}
