using FramedSockets.Linux;

namespace FramedSockets.Tests.Support;

/// <summary>As <see cref="LinuxFactAttribute"/>, with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute() => Skip = LinuxTransport.IsSupported ? null : LinuxFactAttribute.Reason;
}
